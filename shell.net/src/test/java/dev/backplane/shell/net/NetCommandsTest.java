package dev.backplane.shell.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.net.Shape;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;

class NetCommandsTest {
    private static final long SECOND = 1_700_000_000L;

    @TempDir
    private Path folder;
    private final FakeCable demo = new FakeCable("net0", "user", "10.0.2.15 leased", "tcp 2222 -> 22");
    private final FakeCable a = new FakeCable("nic0", "switch lab, VLAN 10");
    private final FakeCable b = new FakeCable("nic0", "switch lab, VLAN 20");
    private final Map<String, List<NetworkConnection>> machines = new LinkedHashMap<>(
        Map.of("demo", List.of(demo), "off", List.of()));
    private final Captures captures = new Captures();

    private String run(ShellCommand command, String... words) throws Exception {
        return switch (command.run(new FakeCall(command.signature(), machines, words))) {
            case Output.Text text -> text.text();
            case Output.Table table -> table.rows().isEmpty() ? table.empty() : table.rows().toString();
        };
    }

    private String refused(ShellCommand command, String... words) {
        return assertThrows(CommandException.class, () -> run(command, words)).getMessage();
    }

    @Test
    void showDrawsWhoIsConnectedToWhom() throws Exception {
        machines.clear();
        assertEquals("no machine with a network card is on", run(new ShowCommand()));
        machines.put("a", List.of(a));
        machines.put("b", List.of(b));
        machines.put("demo", List.of(demo));
        demo.counters.put("from-guest-bytes", 3L << 19);
        demo.counters.put("to-guest-lost", 7L);
        b.plugged(false);
        a.shape(new Shape(10_000_000, Duration.ofMillis(50), 0.05));
        assertEquals("""
            switch lab
            ├─ a:nic0  up  VLAN 10  rate=10M delay=50ms loss=5%  sent 0 bytes, received 0 bytes
            └─ b:nic0  unplugged  VLAN 20  sent 0 bytes, received 0 bytes
            user
            └─ demo:net0  up  sent 1.5M, received 0 bytes, 7 frames lost
               ├─ 10.0.2.15 leased
               └─ tcp 2222 -> 22""", run(new ShowCommand()));
        assertTrue(run(new ShowCommand(), "b").startsWith("switch lab\n└─ b:nic0"));
    }

    @Test
    void linkAndShapeChangeTheCableAndRefuseWhatMakesNoSense() throws Exception {
        ShellCommand link = new LinkCommand();
        assertEquals("demo:net0: up", run(link, "demo", "net0"));
        assertEquals("demo:net0: down", run(link, "demo", "net0", "down"));
        assertFalse(demo.plugged());
        assertEquals("\"sideways\" is neither up nor down", refused(link, "demo", "net0", "sideways"));
        assertEquals("demo has no network card \"net1\"; there is net0", refused(link, "demo", "net1", "up"));
        assertEquals("off has no network card that is on (it is stopped)", refused(link, "off", "net0"));

        ShellCommand shape = new ShapeCommand();
        assertEquals("demo:net0: rate=10M delay=50ms loss=5%",
            run(shape, "demo", "net0", "rate=10M", "delay=50ms", "loss=5%"));
        assertEquals("demo:net0: rate=10M delay=50ms loss=0.5%", run(shape, "demo", "net0", "loss=0.005"));
        assertEquals(new Shape(10_000_000, Duration.ofMillis(50), 0.005), demo.shape(true));
        assertEquals(demo.shape(true), demo.shape(false));
        assertEquals("demo:net0: in rate=10M delay=50ms loss=2%, out rate=10M delay=50ms loss=0.5%",
            run(shape, "demo", "net0", "loss=2%", "--in"));
        assertEquals("demo:net0: in rate=10M delay=50ms loss=2%", run(shape, "demo", "net0", "off", "--out"));
        assertEquals("rate=fast is not a rate such as 10M (bits per second)", refused(shape, "demo", "net0", "rate=fast"));
        assertEquals("delay=5h is not a time such as 50ms", refused(shape, "demo", "net0", "delay=5h"));
        assertEquals("a loss of 2.0; 0 to 1 are possible", refused(shape, "demo", "net0", "loss=200%"));
        assertEquals("demo:net0: as fast as it can be, nothing is lost", run(shape, "demo", "net0", "off"));
        assertEquals(List.of("rate=", "delay=", "loss=", "off"), shape.candidates("SHAPE",
            new FakeCall(shape.signature(), machines, "demo", "net0")).stream().map(Candidate::word).toList());
        assertEquals(List.of("net0"), shape.candidates("CARD",
            new FakeCall(shape.signature(), machines, "demo")).stream().map(Candidate::word).toList());
    }

    /** An Ethernet broadcast with an ARP request (RFC 826). */
    private static byte[] arp() {
        return ByteBuffer.allocate(42).put(new byte[] {-1, -1, -1, -1, -1, -1, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4,
            0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2}).array();
    }

    @Test
    void aCaptureIsStartedListedAndEndedWhileFramesFlow() throws Exception {
        ShellCommand capture = new CaptureCommand(captures);
        Path file = folder.resolve("demo.pcapng");
        assertEquals("nothing is being captured", run(capture));
        assertTrue(run(capture, "demo", "net0", file.toString()).startsWith("demo:net0: captured to "));
        assertTrue(refused(capture, "demo", "net0", file.toString()).contains("already"));
        for (int i = 0; i < 1000; i++) {
            demo.send(i % 2 == 0, arp(), SECOND * 1_000_000_000L + i);
        }
        assertTrue(run(capture).contains(file.toString()));
        assertEquals("demo:net0: 1000 frames in " + file, run(capture, "demo", "net0", "--stop"));
        assertTrue(demo.watchers.isEmpty());
        assertTrue(refused(capture, "demo", "net0", "--stop").contains("not being captured"));
        List<Integer> types = blocks(Files.readAllBytes(file));
        assertEquals(1000, types.stream().filter(t -> t == 6).count());
        assertEquals(List.of(0x0A0D0D0A, 1), types.subList(0, 2));
        assertEquals(5, types.getLast());
        assertTrue(refused(capture, "demo", "net0", folder.toString()).contains("folder"));
        assertTrue(refused(capture, "demo", "net0", folder.resolve("no/where").toString()).contains("cannot be written"));
    }

    /** The types of all blocks; checks that each says its length at both ends. */
    private static List<Integer> blocks(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> types = new ArrayList<>();
        while (in.hasRemaining()) {
            int at = in.position();
            types.add(in.getInt());
            int length = in.getInt();
            assertEquals(0, length % 4);
            assertEquals(length, in.getInt(at + length - 4));
            in.position(at + length);
        }
        return types;
    }

    @Test
    void aCaptureEndsWithItsMachine() throws Exception {
        ShellCommand capture = new CaptureCommand(captures);
        run(capture, "demo", "net0", folder.resolve("x").toString());
        captures.event(new MachineEvent("other", "", MachineEvent.Kind.STOPPED, ""));
        assertEquals(1, captures.all().size());
        captures.event(new MachineEvent("demo", "", MachineEvent.Kind.STOPPED, ""));
        assertTrue(captures.all().isEmpty());
        assertTrue(demo.watchers.isEmpty());
    }

    @Test
    void tsharkReadsWhatWasCaptured() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "tshark is not there");
        ShellCommand capture = new CaptureCommand(captures);
        Path file = folder.resolve("demo.pcapng");
        run(capture, "demo", "net0", file.toString());
        demo.send(true, arp(), SECOND * 1_000_000_000L + 123_456_789);
        demo.send(false, arp(), SECOND * 1_000_000_000L + 123_456_790);
        run(capture, "demo", "net0", "--stop");
        Process tshark = new ProcessBuilder("/usr/bin/tshark", "-r", file.toString(), "-T", "fields", "-e",
            "frame.time_epoch", "-e", "frame.interface_name", "-e", "frame.packet_flags_direction", "-e", "arp.dst.proto_ipv4",
            "-e", "_ws.malformed").redirectErrorStream(false).start();
        String out = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(tshark.waitFor(30, TimeUnit.SECONDS));
        List<String> lines = out.lines().map(String::stripTrailing).toList();
        assertEquals(2, lines.size(), out);
        assertTrue(lines.getFirst().contains("123456789") && lines.getFirst().contains("demo:net0")
            && lines.getFirst().endsWith("10.0.2.2"), out);
        assertTrue(lines.getFirst().contains("2\t10.0.2.2") || lines.getFirst().contains("0x00000002\t10.0.2.2"), out);
    }
}
