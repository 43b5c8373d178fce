/**
 * Starts the OSGi framework of a Backplane distribution and hands the command line to the shell bundle.
 *
 * <p>The launcher knows folders and bundles, nothing of machines: everything else is in the bundles it starts.
 */
package dev.backplane.launcher;
