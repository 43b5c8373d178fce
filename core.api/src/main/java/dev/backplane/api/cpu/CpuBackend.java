package dev.backplane.api.cpu;

import java.util.List;

/**
 * Something that executes x86-64 guest instructions. A bundle registers one as an OSGi service; the core finds it by
 * {@link #name()}. A backend holds no per-machine state of its own: that lives in the sessions it opens.
 *
 * <p>Threading: all methods may be called from any thread.
 */
public interface CpuBackend {

    /** The name users choose it by: lower-case letters, digits and dashes, for instance {@code interpreter}. */
    String name();

    /** One line for people. */
    String description();

    /**
     * How good a choice this backend is when the user names none; the highest available wins. The interpreter says 0.
     * A backend that cannot run on this host says a negative number and {@link #open} explains why.
     */
    int preference();

    /** The CPU models this backend can present, the default one first. */
    List<CpuModelInfo> models();

    /**
     * Prepares to run the vCPUs of one machine.
     *
     * @throws CpuException if the model is unknown or the host cannot run this backend; the message names the remedy
     */
    CpuSession open(CpuConfig config) throws CpuException;
}
