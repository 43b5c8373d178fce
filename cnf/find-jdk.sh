# Sourced by the launchers. Sets BACKPLANE_JAVA to the java of a JDK of at least the needed version, or says what to
# do and returns 1. Looks at JAVA_HOME, PATH and the folders where JDKs usually lie, in this order.

backplane_jdk_needed=25

# The feature version of the JDK in the folder $1, or nothing if there is no JDK.
backplane_jdk_version() {
    [ -x "$1/bin/java" ] || return 0
    if [ -r "$1/release" ]; then
        sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
    else
        "$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1
    fi
}

backplane_jdk_fits() {
    backplane_jdk_found=$(backplane_jdk_version "$1")
    [ -n "$backplane_jdk_found" ] && [ "$backplane_jdk_found" -ge "$backplane_jdk_needed" ] && [ -x "$1/bin/java" ]
}

backplane_find_jdk() {
    if [ -n "${JAVA_HOME:-}" ] && backplane_jdk_fits "$JAVA_HOME"; then
        BACKPLANE_JDK=$JAVA_HOME
        return 0
    fi
    backplane_java=$(command -v java 2>/dev/null || true)
    if [ -n "$backplane_java" ]; then
        backplane_java=$(readlink -f "$backplane_java" 2>/dev/null || echo "$backplane_java")
        backplane_folder=$(dirname "$(dirname "$backplane_java")")
        if backplane_jdk_fits "$backplane_folder"; then
            BACKPLANE_JDK=$backplane_folder
            return 0
        fi
    fi
    for backplane_folder in /usr/lib/jvm/* /opt/java/* /opt/jdk* /opt/*jdk* "${HOME:-}"/.sdkman/candidates/java/* \
            "${HOME:-}"/.jdks/* /usr/local/*jdk* /usr/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        if backplane_jdk_fits "$backplane_folder"; then
            BACKPLANE_JDK=$backplane_folder
            return 0
        fi
    done
    {
        echo "backplane: no JDK $backplane_jdk_needed or newer was found (JAVA_HOME, PATH, /usr/lib/jvm and the like)."
        if [ -n "${backplane_java:-}" ]; then
            echo "backplane: $backplane_java is version $(backplane_jdk_version \
                "$(dirname "$(dirname "$backplane_java")")")."
        fi
        echo "backplane: install one, for example Eclipse Temurin's package temurin-25-jdk, and set JAVA_HOME to it."
    } >&2
    return 1
}
