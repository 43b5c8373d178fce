package dev.backplane.device.sound.hda;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A codec with two outputs (line, headphones), each behind a converter with volume and mute, and one input
 * (microphone) with a converter (specification, chapter 7). Threading: under the device's lock.
 */
final class Codec {
    /** Linux's generic driver takes any vendor; this one is nobody's. */
    static final int VENDOR = 0xBAC1_0001;
    static final int LINE_DAC = 2;
    static final int HEADPHONE_DAC = 3;
    static final int ADC = 4;
    static final int LINE_PIN = 5;
    static final int HEADPHONE_PIN = 6;
    static final int MICROPHONE_PIN = 7;
    /** Of the amplifiers, in steps of 1 dB; the last one is 0 dB. */
    static final int STEPS = 74;

    private static final int FIRST = 1;
    private static final int WIDGETS = 6;
    private static final int AUDIO_GROUP = 1;
    private static final int NODES = FIRST + WIDGETS + 1;
    /** 8 to 192 kHz without 384; samples of 16, 20, 24 and 32 bits. */
    private static final int RATES = 0x001E_07FF & ~(1 << 16);
    private static final int AMPLIFIER = 0x8000_0000 | 3 << 16 | STEPS << 8 | STEPS;
    private static final int MUTE = 0x80;
    private static final int STEREO = 1;
    private static final int IN_AMPLIFIER = 1 << 1;
    private static final int OUT_AMPLIFIER = 1 << 2;
    private static final int OWN_AMPLIFIER = 1 << 3;
    private static final int OWN_FORMAT = 1 << 4;
    private static final int CONNECTIONS = 1 << 8;
    private static final int POWER = 1 << 10;
    private static final int PIN = 4 << 20;
    private static final int INPUT = 1 << 20;

    private final int[] format = new int[NODES];
    private final int[] streamChannel = new int[NODES];
    private final int[] power = new int[NODES];
    private final int[] pinControl = new int[NODES];
    private final int[] left = new int[NODES];
    private final int[] right = new int[NODES];

    Codec() {
        reset();
    }

    void reset() {
        for (int i = 0; i < NODES; i++) {
            format[i] = 0x11;
            streamChannel[i] = 0;
            power[i] = 0;
            pinControl[i] = i == MICROPHONE_PIN ? 0x20 : i >= LINE_PIN ? 0x40 : 0;
            left[i] = STEPS;
            right[i] = STEPS;
        }
    }

    /** The converter that a stream number goes to, or 0. */
    int outputOf(int stream) {
        return stream == 0 ? 0 : streamChannel[LINE_DAC] >> 4 == stream ? LINE_DAC
            : streamChannel[HEADPHONE_DAC] >> 4 == stream ? HEADPHONE_DAC : 0;
    }

    boolean inputIs(int stream) {
        return stream != 0 && streamChannel[ADC] >> 4 == stream;
    }

    /** The volume of a converter: a step, or -1 if it is muted. */
    int level(int node, boolean rightSide) {
        int value = rightSide ? right[node] : left[node];
        return (value & MUTE) != 0 ? -1 : value & 0x7F;
    }

    /**
     * Carries out a command.
     *
     * @param command as in the CORB: node in bits 26:20, verb and payload in bits 19:0
     * @return the response
     */
    int command(int command) {
        int node = command >> 20 & 0x7F;
        int verb = command >> 8 & 0xFFF;
        int payload = command & 0xFF;
        if (node >= NODES) {
            return 0;
        }
        return switch (verb >> 8) {
            case 0x2 -> set(format, node, command & 0xFFFF);
            case 0x3 -> setAmplifier(node, command & 0xFFFF);
            case 0xA -> format[node];
            case 0xB -> amplifier(node, command & 0xFFFF);
            default -> longVerb(node, verb, payload);
        };
    }

    private int longVerb(int node, int verb, int payload) {
        return switch (verb) {
            case 0xF00 -> parameter(node, payload);
            case 0xF01, 0x701, 0x708 -> 0;
            case 0xF02 -> payload == 0 ? connection(node) : 0;
            case 0xF05 -> power[node] << 4 | power[node];
            case 0x705 -> set(power, node, payload & 3);
            case 0xF06 -> streamChannel[node];
            case 0x706 -> set(streamChannel, node, payload);
            case 0xF07 -> pinControl[node];
            case 0x707 -> set(pinControl, node, payload);
            case 0xF09 -> node == LINE_PIN || node == HEADPHONE_PIN || node == MICROPHONE_PIN ? 0x8000_0000 : 0;
            case 0xF1C -> configuration(node);
            case 0xF20 -> VENDOR;
            case 0x7FF -> {
                reset();
                yield 0;
            }
            default -> 0;
        };
    }

    private static int set(int[] values, int node, int value) {
        values[node] = value;
        return 0;
    }

    private int setAmplifier(int node, int value) {
        boolean output = (value & 0x8000) != 0;
        boolean input = (value & 0x4000) != 0;
        if (node == ADC ? input : output) {
            int step = Math.min(value & 0x7F, STEPS) | value & MUTE;
            if ((value & 0x2000) != 0) {
                left[node] = step;
            }
            if ((value & 0x1000) != 0) {
                right[node] = step;
            }
        }
        return 0;
    }

    private int amplifier(int node, int which) {
        boolean output = (which & 0x8000) != 0;
        if (output == (node == ADC) || node > ADC || node < LINE_DAC) {
            return 0;
        }
        return (which & 0x2000) != 0 ? left[node] : right[node];
    }

    private static int connection(int node) {
        return switch (node) {
            case LINE_PIN -> LINE_DAC;
            case HEADPHONE_PIN -> HEADPHONE_DAC;
            case ADC -> MICROPHONE_PIN;
            default -> 0;
        };
    }

    /** Configuration default: where a jack is, what it is for, its colour, association and sequence (7.3.3.31). */
    private static int configuration(int node) {
        return switch (node) {
            case LINE_PIN -> 0x0101_4010;
            case HEADPHONE_PIN -> 0x0221_4020;
            case MICROPHONE_PIN -> 0x01A1_9030;
            default -> 0;
        };
    }

    private static int parameter(int node, int id) {
        return switch (id) {
            case 0x00 -> node == 0 ? VENDOR : 0;
            case 0x02 -> node == 0 ? 0x0010_0100 : 0;
            case 0x04 -> node == 0 ? FIRST << 16 | 1 : node == FIRST ? FIRST + 1 << 16 | WIDGETS : 0;
            case 0x05 -> node == FIRST ? AUDIO_GROUP : 0;
            case 0x09 -> widget(node);
            case 0x0A -> isConverter(node) || node == FIRST ? RATES : 0;
            case 0x0B -> isConverter(node) || node == FIRST ? 1 : 0;
            // presence detection, and the direction
            case 0x0C -> node == MICROPHONE_PIN ? 0x24 : node == HEADPHONE_PIN ? 0x1C : node == LINE_PIN ? 0x14 : 0;
            case 0x0D -> node == ADC ? AMPLIFIER : 0;
            case 0x0E -> connection(node) != 0 ? 1 : 0;
            case 0x0F -> node >= FIRST ? 0x9 : 0;
            case 0x12 -> node == LINE_DAC || node == HEADPHONE_DAC ? AMPLIFIER : 0;
            default -> 0;
        };
    }

    private static boolean isConverter(int node) {
        return node == LINE_DAC || node == HEADPHONE_DAC || node == ADC;
    }

    private static int widget(int node) {
        return switch (node) {
            case LINE_DAC, HEADPHONE_DAC -> STEREO | OUT_AMPLIFIER | OWN_AMPLIFIER | OWN_FORMAT | POWER;
            case ADC -> INPUT | STEREO | IN_AMPLIFIER | OWN_AMPLIFIER | OWN_FORMAT | CONNECTIONS | POWER;
            case LINE_PIN, HEADPHONE_PIN -> PIN | STEREO | CONNECTIONS;
            case MICROPHONE_PIN -> PIN | STEREO;
            default -> 0;
        };
    }

    void save(StateWriter out) {
        out.putInts("format", format.clone()).putInts("stream-channel", streamChannel.clone())
            .putInts("power", power.clone()).putInts("pin-control", pinControl.clone())
            .putInts("left", left.clone()).putInts("right", right.clone());
    }

    void restore(StateReader in) throws StateException {
        fill(in, "format", format, 0xFFFF);
        fill(in, "stream-channel", streamChannel, 0xFF);
        fill(in, "power", power, 3);
        fill(in, "pin-control", pinControl, 0xFF);
        fill(in, "left", left, 0xFF);
        fill(in, "right", right, 0xFF);
    }

    private static void fill(StateReader in, String field, int[] to, int mask) throws StateException {
        int[] values = in.getInts(field);
        if (values.length != to.length) {
            throw new StateException(field + " has " + values.length + " values; " + to.length + " are right");
        }
        for (int i = 0; i < to.length; i++) {
            to[i] = values[i] & mask;
        }
    }
}
