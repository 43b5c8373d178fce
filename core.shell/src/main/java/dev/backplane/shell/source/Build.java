package dev.backplane.shell.source;

import dev.backplane.api.shell.CommandException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.CodeSigner;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.stream.Collectors;
import org.osgi.framework.Version;

/**
 * A bundle as it was read, not installed yet.
 *
 * @param source  where it came from and can be read again: a URL
 * @param jar     its bytes
 * @param name    its symbolic name
 * @param version its version
 * @param signer  the names of those who signed all of it, or "" if it is unsigned
 */
public record Build(String source, byte[] jar, String name, Version version, String signer) {

    private static final String SIGNATURES = "META-INF/";

    /**
     * Looks into a jar.
     *
     * @throws CommandException if it is no bundle, or if its content is not what its signer signed
     */
    public static Build of(String source, byte[] jar) throws CommandException {
        String what = source.startsWith("file:") ? source.substring(source.lastIndexOf('/') + 1) : source;
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar), true)) {
            if (in.getManifest() == null) {
                throw new CommandException(what + " is not a bundle: it is no jar with a manifest");
            }
            Attributes main = in.getManifest().getMainAttributes();
            String name = main.getValue("Bundle-SymbolicName");
            if (name == null || name.isBlank()) {
                throw new CommandException(what + " is not a bundle: its manifest has no Bundle-SymbolicName");
            }
            String version = main.getValue("Bundle-Version");
            return new Build(source, jar, name.split(";", 2)[0].strip(), Version.parseVersion(version), signer(in));
        } catch (SecurityException e) {
            throw new CommandException(what + " is not what was signed: " + e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandException(what + " is not a bundle: " + e.getMessage(), e);
        }
    }

    /** Reads all entries, which verifies them; those who signed every one have signed the jar. */
    private static String signer(JarInputStream in) throws IOException {
        Set<CodeSigner> signers = null;
        for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
            in.transferTo(OutputStream.nullOutputStream());
            if (entry.isDirectory() || entry.getName().startsWith(SIGNATURES)) {
                continue;
            }
            Set<CodeSigner> here = entry.getCodeSigners() == null ? Set.of() : Set.of(entry.getCodeSigners());
            if (signers == null) {
                signers = new HashSet<>(here);
            } else {
                signers.retainAll(here);
            }
        }
        return signers == null ? "" : signers.stream().map(Build::commonName).sorted()
                .collect(Collectors.joining(", "));
    }

    private static String commonName(CodeSigner signer) {
        String name = signer.getSignerCertPath().getCertificates().getFirst() instanceof X509Certificate certificate
                ? certificate.getSubjectX500Principal().getName() : "somebody";
        return name.startsWith("CN=") ? name.substring(3).split("(?<!\\\\),", 2)[0] : name;
    }

    /** For people: name, version, and the signer if there is one. */
    public String described() {
        return name + " " + version + (signer.isEmpty() ? "" : " (signed by " + signer + ")");
    }

    @Override
    public String toString() {
        return described() + " from " + source;
    }
}
