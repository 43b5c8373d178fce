/** The ACPI tables of the board (ACPI 6.4) and the small writer of AML that makes them. */
package dev.backplane.machine.acpi;
