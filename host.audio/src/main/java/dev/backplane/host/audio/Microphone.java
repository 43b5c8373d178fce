package dev.backplane.host.audio;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.DeviceException;

/** A sound file that is heard from its beginning; silence follows it. Immutable. */
final class Microphone {
    private static final long LARGEST = 256 << 20;

    private final byte[] sound;
    private final AudioFormat format;

    private Microphone(byte[] sound, AudioFormat format) {
        this.sound = sound;
        this.format = format;
    }

    /** Reads a file in a format that the JDK knows: WAV, AIFF, AU. */
    static Microphone read(Path file) throws DeviceException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new DeviceException(file + " has " + Files.size(file) + " bytes; at most " + LARGEST
                    + " are possible for a microphone");
            }
            try (AudioInputStream in = AudioSystem.getAudioInputStream(
                    new BufferedInputStream(Files.newInputStream(file)))) {
                AudioFormat format = in.getFormat();
                if (format.getEncoding() != AudioFormat.Encoding.PCM_SIGNED || format.isBigEndian()) {
                    throw new DeviceException(file + " is " + format + "; signed little-endian PCM is possible");
                }
                return new Microphone(in.readAllBytes(), format);
            }
        } catch (UnsupportedAudioFileException e) {
            throw new DeviceException(file + " is no sound file of a known kind; WAV, AIFF and AU are possible", e);
        } catch (IOException e) {
            throw new DeviceException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** What is heard in a format; the same bytes if it is the file's own. */
    byte[] as(PcmFormat wanted) {
        AudioFormat target = new AudioFormat(AudioFormat.Encoding.PCM_SIGNED, wanted.rate(), wanted.bits(),
            wanted.channels(), wanted.frameBytes(), wanted.rate(), false);
        if (format.matches(target)) {
            return sound;
        }
        return Resampler.convert(sound, format, wanted);
    }
}
