/** The host's side of cards: which backend an option chose, and the endpoints, which outlive the device's instances. */
package dev.backplane.machine.host;
