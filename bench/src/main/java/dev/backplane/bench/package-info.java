/** Machines composed in plain Java from what is on the class path, without OSGi. */
package dev.backplane.bench;
