/** Address spaces: who answers at which guest-physical address or I/O port, and how accesses get there. */
package dev.backplane.machine.bus;
