/** Where bundles come from: files, URLs, Maven coordinates, and repositories with an OSGi index. */
package dev.backplane.shell.source;
