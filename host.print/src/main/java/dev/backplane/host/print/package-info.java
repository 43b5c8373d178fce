/** Page backends: what becomes of printed pages on the host. */
package dev.backplane.host.print;
