/** {@code ./backplane bench}: workloads on the host, on QEMU and on the machine's CPU backends, compared. */
package dev.backplane.bench.suite;
