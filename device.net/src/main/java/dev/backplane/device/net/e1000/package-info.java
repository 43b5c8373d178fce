/** The PCI network controller 82540EM (Intel PRO/1000). */
package dev.backplane.device.net.e1000;
