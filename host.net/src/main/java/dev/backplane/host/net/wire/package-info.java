/** Fields of Ethernet, IP and transport headers in byte arrays, and the Internet checksum. */
package dev.backplane.host.net.wire;
