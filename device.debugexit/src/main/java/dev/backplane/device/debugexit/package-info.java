/** {@code isa-debug-exit}: a port by which a test program in the guest ends its machine with a status. */
package dev.backplane.device.debugexit;
