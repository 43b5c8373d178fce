/** {@code vm:ssh}: the host's ssh client through a forwarded port, with a key that the guest is told at its start. */
package dev.backplane.host.net.ssh;
