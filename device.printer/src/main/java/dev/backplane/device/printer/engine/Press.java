package dev.backplane.device.printer.engine;

/** What a printer language works on. Threading: under the device's lock. */
public interface Press {
    /** The sheet under the head; a new one after {@link #eject}. */
    Sheet sheet();

    /** The sheet is done. One that has nothing on it and was not asked for stays. */
    void eject(boolean evenIfBlank);

    /** The language says that the job is over. What is on the sheet is ejected. */
    void endJob();

    /** A length of paper for the sheets from the next one on, in points, or 0 for the paper that is loaded. */
    void pageLength(double points);

    /** Something was not understood; counted. */
    void unknown();

    /** Something went beyond a bound; counted. */
    void bounded();
}
