package dev.backplane.shell.source;

/**
 * A place with bundles that was given a name.
 *
 * @param name how people call it
 * @param kind what it is
 * @param url  where its index or its root is
 */
public record Repository(String name, Kind kind, String url) {

    /** What kinds of repositories there are. */
    public enum Kind {
        /** Has an index of the OSGi Repository specification (R5 XML): bundles are found by name and requirement. */
        OSGI("OSGi index"),
        /** Has Maven's layout: bundles are found by coordinate. */
        MAVEN("Maven");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** For people. */
        public String text() {
            return text;
        }
    }
}
