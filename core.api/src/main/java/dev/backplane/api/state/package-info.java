/**
 * Saved state as named, typed fields in nested sections. Nothing in it refers to a class of a bundle, so a newer build
 * reads what an older one wrote.
 */
@Version("0.1.0")
package dev.backplane.api.state;

import org.osgi.annotation.versioning.Version;
