/** Printed pages between a printer and a host backend, as values: text with its place and font, pictures, rules. */
@Version("0.1.0")
package dev.backplane.api.page;

import org.osgi.annotation.versioning.Version;
