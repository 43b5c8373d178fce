/**
 * Interrupt controllers of the board: a local APIC per vCPU, the I/O APIC, the pair of 8259A, the fabric that carries
 * interrupt messages between them and the router that joins lines of several sources. Plain classes, wired by
 * {@link dev.backplane.machine.interrupt.InterruptControllers}; they know nothing of buses.
 *
 * <p>Locks are taken in one direction only: source of a line, shared line, 8259A or I/O APIC. The local APIC's request
 * registers are set with atomics and need none, so that a message may be sent under any lock.
 */
package dev.backplane.machine.interrupt;
