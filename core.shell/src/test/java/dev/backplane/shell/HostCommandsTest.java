package dev.backplane.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.shell.vm.VmCommands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cards talk to on the host: listed, chosen, completed. */
class HostCommandsTest {

    private record Network(String name, List<OptionSpec> options) implements HostBackend {

        @Override
        public Class<? extends HostEndpoint> kind() {
            return NetworkEndpoint.class;
        }

        @Override
        public String description() {
            return "a fake " + name;
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public HostEndpoint open(HostContext context, Options given) throws DeviceException {
            throw new DeviceException("only to be looked at");
        }
    }

    @TempDir
    private Path folder;

    private final FakeMachines machines = new FakeMachines();
    private TestShell shell;

    @BeforeEach
    void open() {
        machines.types.add(new DeviceTypeView(new FakeType("nic", List.of(
                OptionSpec.backend("net", NetworkEndpoint.class, "user", "what it is connected to"),
                OptionSpec.string("mac", null, "its address"))), FakeMachines.BUNDLE));
        machines.hosts.add(new HostBackendView(new Network("user", List.of(OptionSpec.string("forward", null, "ports"),
                OptionSpec.bool("restrict", false, "nothing else"), OptionSpec.path("log", "a log"))),
                FakeMachines.BUNDLE));
        machines.hosts.add(new HostBackendView(new Network("none", List.of()), FakeMachines.BUNDLE));
        shell = new TestShell(new VmCommands(() -> machines, List.of(), null), folder);
        shell.run("vm:create t");
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void backendsAreListedWithKindAndBundleAndOneIsExplained() {
        assertEquals("""
                KIND     NAME  DESCRIPTION  BUNDLE
                network  user  a fake user  dev.backplane.fake 1.0.0
                network  none  a fake none  dev.backplane.fake 1.0.0
                """, shell.run("vm:backends"));
        String user = shell.run("vm:backends user");
        assertTrue(user.startsWith("user - a fake user\n  kind: network\n"), user);
        assertTrue(user.contains("restrict  on|off  off"), user);
        assertTrue(shell.run("vm:backends none").contains("it has no options"));
        assertTrue(shell.run("vm:backends usre").contains("did you mean user?"));
        String nic = shell.run("vm:types nic");
        assertTrue(nic.contains("net     network backend  user"), nic);
        assertTrue(nic.contains("net.OPTION=...; vm:backends NAME lists them"), nic);
    }

    @Test
    void aCardsBackendAndItsOptionsAreCheckedAndItsFilesMadeAbsolute() throws Exception {
        assertTrue(shell.run("vm:add t nic net=usre").contains(
                "no network backend is named \"usre\"; did you mean user?"));
        assertTrue(shell.run("vm:add t nic net.forwrd=1").contains(
                "net=user has no option \"forwrd\"; did you mean forward?"));
        assertTrue(shell.run("vm:add t nic net=none net.forward=1").contains("net=none has no option \"forward\""));
        assertTrue(shell.run("vm:add t nic net=other net.x=1 --wait-for-type").contains("added"));
        assertTrue(shell.run("vm:add t nic net.log=x net.restrict --id n").contains("added as n"));
        var card = machines.all.get("t").view().cards().getLast();
        assertEquals(folder.resolve("x").toString(), card.options().get("net.log"));
        assertEquals("on", card.options().get("net.restrict"));
    }

    @Test
    void completionKnowsBackendsAndTheOptionsOfTheOneThatIsChosen() throws Exception {
        Files.writeString(folder.resolve("file"), "x");
        assertEquals(List.of("user", "none"), shell.completions("vm:backends "));
        assertEquals(List.of("net=user", "net=none"), shell.completions("vm:add t nic net="));
        assertEquals(List.of("net=", "mac=", "net.forward=", "net.restrict=", "net.log="),
                shell.completions("vm:add t nic net"));
        assertEquals(List.of("net.restrict=on", "net.restrict=off"), shell.completions("vm:add t nic net.restrict="));
        assertEquals(List.of("net.log=file"), shell.completions("vm:add t nic net.log="));
        assertEquals(List.of("net=", "mac="), shell.completions("vm:add t nic net=none net"));
    }

    @Test
    void statsAreATableOfWhatCardsCounted() {
        shell.run("vm:add t nic --id n");
        assertEquals("t: nothing was counted\n", shell.run("vm:stats t"));
        assertTrue(shell.run("vm:stats t other").contains("t has no card \"other\"; there is n"));
    }
}
