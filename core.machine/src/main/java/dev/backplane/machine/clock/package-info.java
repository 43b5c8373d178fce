/** The machine's clock, its timers and the thread that serves them. */
package dev.backplane.machine.clock;
