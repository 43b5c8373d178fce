package dev.backplane.machine.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;

class SpecYamlTest {
    private static final Path FOLDER = Path.of("/folder");

    private static MachineSpec read(String yaml) throws MachineException {
        return SpecYaml.read("m.yaml", yaml, FOLDER);
    }

    private static String refusal(String yaml) {
        return assertThrows(MachineException.class, () -> read(yaml)).getMessage();
    }

    @Test
    void whatIsWrittenIsReadBack() throws MachineException {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("image", "/d.img");
        options.put("read-only", "yes");
        options.put("serial", "0012 \"x\": #");
        MachineSpec spec = new MachineSpec("demo", 4, 3L << 30, "x86-64-v2", "interpreter",
            new BootSpec(Path.of("/k"), Path.of("/i"), List.of("/m one", "/n"), "console=ttyS0 quiet: 'x' # y"),
            List.of(new CardSpec("disk0", "virtio-blk", "slot3", options),
                new CardSpec("serial0", "serial", null, Map.of())));
        assertEquals(spec, read(SpecYaml.write(spec)));
    }

    @Test
    void onlyTheNameIsNeededAndRelativePathsBelongToTheFilesFolder() throws MachineException {
        MachineSpec spec = read("name: m\nkernel: sub/../k\n");
        assertEquals(1, spec.vcpus());
        assertEquals(512L << 20, spec.memory());
        assertEquals(Path.of("/folder/k"), spec.boot().kernel());
    }

    @Test
    void aRefusalNamesTheKeyAndTheNearestRightOne() {
        assertTrue(refusal("nmae: m").contains("did you mean name?"));
        assertTrue(refusal("vcpus: 2").contains("name is missing"));
        assertTrue(refusal("name: m\nvcpus: two").contains("vcpus is two"));
        assertTrue(refusal("name: m\nmemory: lots").contains("memory is lots"));
        assertTrue(refusal("name: m\ncards: 5").contains("cards is not a list"));
        assertTrue(refusal("name: m\ncards: [{tpye: serial}]").contains("card 1") );
        assertTrue(refusal("name: [a]").contains("name is not a single value"));
        assertTrue(refusal("- a").contains("not a map"));
        assertTrue(refusal("name: 'm").contains("no valid YAML"));
        assertTrue(refusal("").contains("not a map"));
    }

    @Test
    void aHostileFileIsRefusedQuickly() {
        StringBuilder bomb = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (char c = 'b'; c < 'p'; c++) {
            char p = (char) (c - 1);
            bomb.append("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n".formatted(c, c, p, p, p, p, p, p, p, p));
        }
        assertTrue(refusal(bomb.toString()).startsWith("m.yaml"));
        assertTrue(refusal("[".repeat(100_000)).startsWith("m.yaml"));
        assertTrue(refusal("x".repeat(2 << 20)).contains("too large"));
    }

    @Test
    void limitsOfASpecificationAreChecked() throws MachineException {
        MachineSpec good = read("name: m");
        SpecChecker.check(good, List::of);
        for (String bad : List.of("name: 1m", "name: m\nvcpus: 17", "name: m\nvcpus: 0", "name: m\nmemory: 8M",
            "name: m\nmemory: 536870913", "name: " + "m".repeat(64), "name: m\nappend: " + "x".repeat(3000),
            "name: m\ncards: [{id: a, type: t}, {id: a, type: t}]")) {
            MachineSpec spec = read(bad);
            assertThrows(MachineException.class, () -> SpecChecker.check(spec, List::of), bad);
        }
    }
}
