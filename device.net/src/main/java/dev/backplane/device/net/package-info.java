/** What network cards have in common: their address, and what they let in. */
package dev.backplane.device.net;
