/** The SMBIOS tables of the board (SMBIOS 3.4): who made the machine, its processors and its memory. */
package dev.backplane.machine.smbios;
