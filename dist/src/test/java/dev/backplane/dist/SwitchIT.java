package dev.backplane.dist;

import static dev.backplane.dist.NetworkGuest.assertPrinted;
import static dev.backplane.dist.NetworkGuest.awaitUp;
import static dev.backplane.dist.NetworkGuest.create;
import static dev.backplane.dist.NetworkGuest.printed;
import static dev.backplane.dist.NetworkGuest.run;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian guests on a switch with a gateway. */
@Tag("slow")
class SwitchIT {

    /** What is under way between two machines while they are saved. */
    private static final int BYTES = 24 << 20;
    private static final Pattern SUM = Pattern.compile("SUM=([0-9a-f]{64})");
    private static final String SSH = "ssh -o StrictHostKeyChecking=no -o BatchMode=yes -o LogLevel=ERROR ";

    @TempDir
    private Path folder;

    private Path capture(String name) {
        return folder.resolve(name + ".pcapng");
    }

    @Test
    void threeMachinesReachEachOtherAndTheOutsideAndVlansAreApart() throws Exception {
        try (NetworkServers servers = new NetworkServers(4)) {
            servers.errand("key", () -> Files.readString(folder.resolve("data/ssh/id_ed25519")));
            StringBuilder script = new StringBuilder();
            List<String> names = List.of("a", "b", "c");
            for (String name : names) {
                script.append(create(name)).append("vm:add ").append(name).append(" virtio-net net=switch net.name=lab")
                        .append(name.equals("a") ? " net.gateway=on" : "").append("\nvm:add ").append(name)
                        .append(" virtio-net net=switch net.name=lab net.vlan=").append(name.equals("a") ? 30 : 20)
                        .append("\nvm:start ").append(name).append("\nnet:capture ").append(name)
                        .append(" virtio-net0 ").append(capture(name)).append(" | cat\n");
            }
            script.append("try {\n");
            for (int i = 0; i < names.size(); i++) {
                script.append(awaitUp(names.get(i))).append(run(names.get(i), "ip addr add 10.0.2.10" + i
                        + "/24 dev eth0; ip link set eth1 up; ip addr add 192.168.7.10" + i + "/24 dev eth1; echo "
                        + names.get(i) + " > /tmp/name; mkdir -p ~/.ssh; curl -s http://" + servers.web()
                        + "/do/key > ~/.ssh/id_ed25519; chmod 600 ~/.ssh/id_ed25519", "READY"));
            }
            for (int i = 0; i < names.size(); i++) {
                int next = (i + 1) % names.size();
                script.append(run(names.get(i), "until n=$(" + SSH + "10.0.2.10" + next + " cat /tmp/name); do sleep 1; "
                        + "done; echo " + names.get(i) + "-TO=$n OUT=$(curl -s http://" + servers.web()
                        + "/file | sha256sum)", "SSH"));
            }
            script.append(run("b", "echo SAME=$(ping -c 2 -W 10 192.168.7.102 | grep -o \"2 received\")", "PINGED"))
                    .append(run("a", "echo APART=$(ping -c 2 -W 2 192.168.7.102 | grep -o \"0 received\")", "PINGED"))
                    .append("} {\nvm:log a --lines 60 | cat\nvm:log b --lines 60 | cat\nnet:show | cat\n")
                    .append("throw $exception\n}\nnet:show | cat\n");
            for (String name : names) {
                script.append("net:capture ").append(name).append(" virtio-net0 --stop | cat\nvm:log ").append(name)
                        .append(" --lines 30 | cat\n");
            }
            String all = printed(folder, script.toString(), Duration.ofMinutes(15));
            for (int i = 0; i < names.size(); i++) {
                assertPrinted(all, names.get(i) + "-TO=" + names.get((i + 1) % names.size()) + " OUT=" + servers.sum());
                Captures.assertReadable(capture(names.get(i)), "SSHv2", 10);
            }
            assertPrinted(all, "SAME=2 received", "APART=0 received", "b:virtio-net1  up  VLAN 20");
        }
    }

    private static String sum(String all) {
        Matcher sum = SUM.matcher(all);
        assertTrue(sum.find(), () -> "no sum in:\n" + all);
        return sum.group(1);
    }

    @Test
    void twoMachinesAreSavedDuringADownloadAndItEndsInAnotherRuntime() throws Exception {
        Path a = folder.resolve("a.state");
        Path b = folder.resolve("b.state");
        String before = create("a") + "vm:add a virtio-net net=switch net.name=lab net.gateway=on\n"
                + create("b") + "vm:add b virtio-net net=switch net.name=lab\n"
                + "vm:start a\nvm:start b\ntry {\n" + awaitUp("a") + awaitUp("b")
                + run("b", "ip addr add 10.0.2.101/24 dev eth0; mkdir /dev/shm/w; head -c " + BYTES
                        + " /dev/urandom > /dev/shm/w/f; echo SUM=$(sha256sum /dev/shm/w/f); "
                        + "busybox httpd -p 80 -h /dev/shm/w", "SERVES")
                + run("a", "curl -s --limit-rate 2M -o /dev/shm/f http://10.0.2.101/f & "
                        + "until [ 0$(stat -c %s /dev/shm/f) -gt 2000000 ]; do sleep 0.1; done", "MIDWAY")
                + "vm:pause a | cat\nvm:pause b | cat\nvm:save a " + a + " | cat\nvm:save b " + b + " | cat\n"
                + "} {\nvm:log a --lines 60 | cat\nvm:log b --lines 60 | cat\nthrow $exception\n}\n"
                + "vm:log b --lines 20 | cat\n";
        String sum = sum(printed(folder, before, Duration.ofMinutes(12)));
        String after = "try { vm:destroy a b --force | cat } { echo gone }\nvm:restore " + a + " | cat\nvm:restore " + b
                + " | cat\nvm:resume a | cat\nvm:resume b | cat\ntry {\n"
                + run("a", "wait; ls -l /dev/shm/f; echo SUM=$(sha256sum /dev/shm/f)", "ENDED")
                + "} {\nvm:log a --lines 60 | cat\nvm:log b --lines 60 | cat\nnet:show | cat\nthrow $exception\n}\n"
                + "vm:log a --lines 20 | cat\n";
        assertPrinted(printed(folder, after, Duration.ofMinutes(12)), "SUM=" + sum);
    }
}
