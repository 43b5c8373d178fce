/**
 * Shell commands that a bundle offers: register a {@link dev.backplane.api.shell.ShellCommand} service, and the shell
 * has the command, with completion and help, for as long as the service is there.
 */
@Version("0.1.0")
package dev.backplane.api.shell;

import org.osgi.annotation.versioning.Version;
