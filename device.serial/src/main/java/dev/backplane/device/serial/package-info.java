/** {@code serial}: the 16550A UART of a PC, with the machine's console behind it. */
package dev.backplane.device.serial;
