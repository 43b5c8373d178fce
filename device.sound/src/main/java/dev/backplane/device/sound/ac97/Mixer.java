package dev.backplane.device.sound.ac97;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.device.sound.Gain;

/**
 * The codec's registers (Audio Codec '97 revision 2.2, chapter 5): volumes, sources, power, sample rates. Playback is
 * never louder than what was played, though the PCM volume reaches +12 dB; recording is amplified and then clipped.
 * Threading: under the device's lock.
 */
final class Mixer {
    /** The rate of the link, and of a codec whose variable rates are off. */
    static final int LINK_RATE = 48_000;
    private static final int LEAST_RATE = 8000;
    private static final int SOFTEST = 31;
    private static final double STEP_DECIBELS = 1.5;
    private static final int PCM_FULL = 8;
    /** Sources of the record selector that the host is heard at. */
    private static final int MICROPHONE = 0;
    private static final int LINE_IN = 4;

    /** Mute and a level for each side. */
    private record Volume(Field mute, Field left, Field right) {
        long level(boolean rightSide) {
            return (rightSide ? right : left).get();
        }
    }

    private final Registers registers;
    private final Runnable rateChanged;
    private final Volume master;
    private final Volume pcm;
    private final Volume recordGain;
    private final Field leftSource;
    private final Field rightSource;
    private final Register power;
    private final Field variableRates;
    private final Register outputRate;
    private final Register inputRate;

    /** @param rateChanged runs when a sample rate may have changed */
    Mixer(DeviceContext context, Runnable rateChanged) {
        this.rateChanged = rateChanged;
        Registers r = new Registers(context, "BAR0", 256);
        registers = r;
        // Drivers find out what a codec has by writing to registers and looking whether the value stays.
        r.quiet(0, 256);
        r.at(0x00, 16, "RESET").onRead(() -> 0x0010).onWrite(this::reset);
        master = attenuator(r, 0x02, "MASTER");
        attenuator(r, 0x04, "HEADPHONE");
        Register microphone = r.at(0x0E, 16, "MIC");
        microphone.bit(15, "MUTE").reset(1);
        microphone.bit(6, "BOOST");
        microphone.bits(4, 0, "LEVEL").reset(PCM_FULL);
        Register out = r.at(0x18, 16, "PCM_OUT");
        pcm = new Volume(out.bit(15, "MUTE").reset(1), out.bits(12, 8, "LEFT").reset(PCM_FULL),
            out.bits(4, 0, "RIGHT").reset(PCM_FULL));
        Register select = r.at(0x1A, 16, "RECORD_SELECT");
        leftSource = select.bits(10, 8, "LEFT");
        rightSource = select.bits(2, 0, "RIGHT");
        Register gain = r.at(0x1C, 16, "RECORD_GAIN");
        recordGain = new Volume(gain.bit(15, "MUTE").reset(1), gain.bits(11, 8, "LEFT"),
            gain.bits(3, 0, "RIGHT"));
        power = r.at(0x26, 16, "POWERDOWN");
        power.bits(3, 0, "READY").onRead(this::ready);
        power.bits(13, 8, "PR");
        power.bit(15, "EAPD");
        r.at(0x28, 16, "EXTENDED_ID").constant(0x0401);
        variableRates = r.at(0x2A, 16, "EXTENDED_STATUS").bit(0, "VRA").onWrite(this::fitRates);
        outputRate = r.at(0x2C, 16, "PCM_FRONT_DAC_RATE").reset(LINK_RATE).onWrite(this::fitRates);
        inputRate = r.at(0x32, 16, "PCM_LR_ADC_RATE").reset(LINK_RATE).onWrite(this::fitRates);
        r.at(0x7C, 16, "VENDOR_ID1").constant('B' << 8 | 'K');
        r.at(0x7E, 16, "VENDOR_ID2").constant('P' << 8 | 1);
    }

    /** A volume of five bits; the sixth, which drivers try, means the softest (5.7.2). */
    private static Volume attenuator(Registers r, int offset, String name) {
        Register register = r.at(offset, 16, name);
        Field mute = register.bit(15, "MUTE").reset(1);
        Field left = register.bits(13, 8, "LEFT");
        Field right = register.bits(5, 0, "RIGHT");
        left.onWrite(now -> left.set(Math.min(now, SOFTEST)));
        right.onWrite(now -> right.set(Math.min(now, SOFTEST)));
        return new Volume(mute, left, right);
    }

    Registers registers() {
        return registers;
    }

    /** Back to what it is after a cold reset, which a write to the reset register does too. */
    void reset() {
        registers.reset();
        rateChanged.run();
    }

    private boolean down(int pr) {
        return (power.get() >> 8 + pr & 1) != 0;
    }

    /** ADC, DAC, mixer, reference voltage (5.7.9). */
    private long ready() {
        boolean reference = !down(3);
        boolean mixer = reference && !down(2);
        return (down(0) ? 0 : 1) | (down(1) ? 0 : 2) | (mixer ? 4 : 0) | (reference ? 8 : 0);
    }

    private void fitRates() {
        fit(outputRate);
        fit(inputRate);
        rateChanged.run();
    }

    private void fit(Register rate) {
        rate.set(variableRates.isSet() ? Math.clamp(rate.get(), LEAST_RATE, LINK_RATE) : LINK_RATE);
    }

    int outputRate() {
        return Math.clamp(outputRate.get(), LEAST_RATE, LINK_RATE);
    }

    int inputRate() {
        return Math.clamp(inputRate.get(), LEAST_RATE, LINK_RATE);
    }

    /** Makes what is played as loud as it is heard. */
    void play(byte[] samples, int length, PcmFormat format) {
        Gain.apply(samples, 0, length, format, outputFactor(false), outputFactor(true));
    }

    private double outputFactor(boolean rightSide) {
        if (master.mute.isSet() || pcm.mute.isSet() || (ready() & 6) != 6) {
            return 0;
        }
        long steps = Math.min(master.level(rightSide), SOFTEST) + pcm.level(rightSide) - PCM_FULL;
        return Gain.ofDecibels(-STEP_DECIBELS * steps);
    }

    /** Makes what is recorded as loud as the record gain says. */
    void record(byte[] samples, int length, PcmFormat format) {
        double left = inputFactor(false);
        double right = inputFactor(true);
        if (left > Gain.FULL || right > Gain.FULL) {
            amplify(samples, length, format.channels(), left, right);
        } else {
            Gain.apply(samples, 0, length, format, left, right);
        }
    }

    private double inputFactor(boolean rightSide) {
        long from = (rightSide ? rightSource : leftSource).get();
        boolean heard = from == MICROPHONE || from == LINE_IN;
        if (!heard || recordGain.mute.isSet() || down(0)) {
            return 0;
        }
        long steps = recordGain.level(rightSide);
        return steps == 0 ? Gain.FULL : Math.pow(10, STEP_DECIBELS * steps / 20);
    }

    private static void amplify(byte[] samples, int length, int channels, double left, double right) {
        for (int i = 0; i + 1 < length; i += 2) {
            short sample = (short) (samples[i] & 0xFF | samples[i + 1] << 8);
            double factor = i / 2 % channels == 0 ? left : right;
            long louder = Math.clamp(Math.round(sample * factor), Short.MIN_VALUE, Short.MAX_VALUE);
            samples[i] = (byte) louder;
            samples[i + 1] = (byte) (louder >> 8);
        }
    }
}
