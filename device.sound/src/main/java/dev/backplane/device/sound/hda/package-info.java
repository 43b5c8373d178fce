/** Intel High Definition Audio (specification 1.0a, 2010): controller, streams and a codec. */
package dev.backplane.device.sound.hda;
