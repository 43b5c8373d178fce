/** {@code switch}: Ethernet switches between the machines of one runtime. */
package dev.backplane.host.net.lan;
