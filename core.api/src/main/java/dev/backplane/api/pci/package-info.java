/** What a PCI function declares and uses: identity, BARs, capabilities, interrupts. */
@Version("0.1.0")
package dev.backplane.api.pci;

import org.osgi.annotation.versioning.Version;
