/** A PCI card that computes checksums of guest memory. */
package org.example.checksum;
