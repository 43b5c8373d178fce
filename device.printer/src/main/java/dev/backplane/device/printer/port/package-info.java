/** The parallel port: registers, FIFO and IEEE 1284 negotiation, and what a port needs of the thing behind it. */
package dev.backplane.device.printer.port;
