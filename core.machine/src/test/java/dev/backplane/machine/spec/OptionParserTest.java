package dev.backplane.machine.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.MachineException;

class OptionParserTest {
    private static final DeviceType DISK = new DeviceType() {
        @Override
        public String name() {
            return "disk";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public Placement placement() {
            return Placement.PCIE;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of(OptionSpec.path("image", "the file").asRequired(),
                OptionSpec.bool("read-only", false, "no writes"), OptionSpec.integer("queues", 1, 1, 16, "queues"),
                OptionSpec.size("cache", "1M", 4096, 1L << 30, "cache"),
                OptionSpec.choice("format", "auto", List.of("auto", "raw", "qcow2"), "format"),
                new OptionSpec("timeout", OptionType.DURATION, false, "30s", 0, 0, List.of(), "timeout"),
                OptionSpec.string("serial", null, "serial number"));
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public Device create(DeviceContext context, Options options) throws DeviceException {
            throw new DeviceException("not made in this test");
        }
    };

    private static Options parse(Map<String, String> text) throws MachineException {
        return OptionParser.parse(DISK, text, Path.of("/folder"));
    }

    private static String refusal(Map<String, String> text) {
        return assertThrows(MachineException.class, () -> parse(text)).getMessage();
    }

    @Test
    void everyTypeIsUnderstood() throws MachineException {
        Options o = parse(Map.of("image", "a/../d.img", "read-only", "on", "queues", "0x10", "cache", "64k",
            "format", "raw", "timeout", "2m", "serial", "S1"));
        assertEquals(Path.of("/folder/d.img"), o.path("image"));
        assertTrue(o.bool("read-only"));
        assertEquals(16, o.integer("queues"));
        assertEquals(65536, o.size("cache"));
        assertEquals("raw", o.string("format"));
        assertEquals(Duration.ofMinutes(2), o.duration("timeout"));
        assertEquals("S1", o.optionalString("serial").orElseThrow());
    }

    @Test
    void defaultsStandInForWhatIsNotGiven() throws MachineException {
        Options o = parse(Map.of("image", "/x"));
        assertEquals(1 << 20, o.size("cache"));
        assertEquals(Duration.ofSeconds(30), o.duration("timeout"));
        assertFalse(o.has("serial"));
        assertThrows(IllegalArgumentException.class, () -> o.string("serial"));
        assertThrows(IllegalArgumentException.class, () -> o.string("nope"));
        assertThrows(IllegalArgumentException.class, () -> o.string("queues"));
    }

    @Test
    void aRefusalNamesTheOptionTheValueAndTheRemedy() {
        assertTrue(refusal(Map.of("imgae", "x")).contains("did you mean image?"));
        assertTrue(refusal(Map.of()).contains("needs the option image"));
        assertTrue(refusal(Map.of("image", "x", "queues", "17")).contains("queues=17 is out of range: 1 to 16"));
        assertTrue(refusal(Map.of("image", "x", "cache", "2G")).contains("4K to 1G"));
        assertTrue(refusal(Map.of("image", "x", "format", "qcow")).contains("did you mean qcow2?"));
        assertTrue(refusal(Map.of("image", "x", "read-only", "maybe")).contains("read-only=maybe"));
        assertTrue(refusal(Map.of("image", "x", "timeout", "5")).contains("500ms"));
        assertTrue(refusal(Map.of("image", "")).contains("name of a file"));
        assertTrue(refusal(Map.of("image", "\0")).contains("name of a file"));
    }

    @Test
    void sizesAndNumbersKeepToTheirBounds() {
        assertEquals(10, Quantities.integer("010").orElseThrow());
        assertEquals(-16, Quantities.integer("-0x10").orElseThrow());
        assertTrue(Quantities.integer("99999999999999999999").isEmpty());
        assertTrue(Quantities.size("-1").isEmpty());
        assertTrue(Quantities.size("9999999999T").isEmpty());
        assertTrue(Quantities.size("12X").isEmpty());
        assertEquals(512L << 20, Quantities.size("512MiB").orElseThrow());
        assertEquals("512M", Quantities.sizeText(512L << 20));
        assertEquals("1025", Quantities.sizeText(1025));
    }
}
