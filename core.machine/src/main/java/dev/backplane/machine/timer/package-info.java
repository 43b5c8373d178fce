/**
 * Timers and housekeeping of the board: 8254, HPET, real-time clock with its CMOS memory, ACPI power management with
 * its timer, reset control, the keyboard controller's reset line and the POST port. Counters are computed from the
 * machine's clock when they are read; the host is asked for a wake-up only where an interrupt is due, and at most every
 * {@value dev.backplane.machine.timer.Pit#MIN_INTERVAL_NANOS} ns. A timer that comes late fires once for all that it
 * missed.
 *
 * <p>Each part has one lock. Under it, interrupt lines and host timers may be driven, nothing else is called.
 */
package dev.backplane.machine.timer;
