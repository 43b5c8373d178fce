/** From instructions to bytes: the encoder beside the decoder. */
@Version("0.1.0")
package dev.backplane.cpu.x86.encode;

import org.osgi.annotation.versioning.Version;
