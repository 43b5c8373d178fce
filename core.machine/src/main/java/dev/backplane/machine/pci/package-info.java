/**
 * PCI Express: configuration spaces, BAR decode, message-signalled interrupts, the host bridge with its root ports and
 * their hot-plug slots, and what firmware does on a real board (bus numbers, windows and BARs at reset). Follows PCI
 * Local Bus 3.0 and PCI Express Base 4.0.
 */
package dev.backplane.machine.pci;
