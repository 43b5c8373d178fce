/**
 * The board: what is soldered to every machine, and how its parts are wired. The parts themselves live in packages of
 * their own (interrupt, timer, pci, acpi, boot) and know each other only through one-method interfaces.
 */
package dev.backplane.machine.board;
