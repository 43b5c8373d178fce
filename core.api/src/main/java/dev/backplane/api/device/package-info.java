/**
 * The contract of device types: what a bundle registers, what it is given when a card is made, and what the core asks
 * of a card during its life.
 */
@Version("0.1.0")
package dev.backplane.api.device;

import org.osgi.annotation.versioning.Version;
