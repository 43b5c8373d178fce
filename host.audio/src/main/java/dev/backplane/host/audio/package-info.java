/** Audio backends: WAV files, the host's sound system, silence. */
package dev.backplane.host.audio;
