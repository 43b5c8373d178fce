/** {@code tap}: an Ethernet interface of a Linux host. */
package dev.backplane.host.net.tap;
