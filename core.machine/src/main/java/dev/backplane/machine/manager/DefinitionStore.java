package dev.backplane.machine.manager;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.machine.spec.SpecYaml;

/** The folder of machine definitions, one YAML file each. Not thread-safe. */
final class DefinitionStore {
    private static final Logger LOG = LoggerFactory.getLogger(DefinitionStore.class);
    private static final String SUFFIX = ".yaml";

    private final Path folder;

    /** @param folder made when it is first written to; null to keep nothing */
    DefinitionStore(Path folder) {
        this.folder = folder;
    }

    /** All definitions that can be read; the others are named in the log and left alone. */
    List<MachineSpec> load() {
        List<MachineSpec> specs = new ArrayList<>();
        if (folder == null || !Files.isDirectory(folder)) {
            return specs;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList()) {
                try {
                    specs.add(SpecYaml.read(file.toString(), Files.readString(file), folder));
                } catch (MachineException | IOException e) {
                    LOG.warn("a machine is left out: {}", e.getMessage());
                }
            }
        } catch (IOException e) {
            LOG.warn("machine definitions cannot be read from {}: {}", folder, e.getMessage());
        }
        return specs;
    }

    /** Refuses a new machine whose file is there already: it could not be read, or another runtime made it. */
    void checkFree(String name) throws MachineException {
        if (folder != null && Files.exists(file(name))) {
            throw new MachineException("%s is there already but was not taken up; mend or delete it, or choose another "
                .formatted(file(name)) + "name");
        }
    }

    /** Writes a definition; it is there whole or not at all. */
    void keep(MachineSpec spec) throws MachineException {
        if (folder == null) {
            return;
        }
        Path file = file(spec.name());
        Path temporary = folder.resolve("." + spec.name() + ".tmp");
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer text = ByteBuffer.wrap(SpecYaml.write(spec).getBytes(StandardCharsets.UTF_8));
                while (text.hasRemaining()) {
                    channel.write(text);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new MachineException("the definition of %s cannot be kept in %s: %s".formatted(spec.name(), folder,
                e.getMessage()), e);
        }
    }

    void forget(String name) throws MachineException {
        if (folder == null) {
            return;
        }
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw new MachineException("the definition %s cannot be deleted: %s".formatted(file(name),
                e.getMessage()), e);
        }
    }

    private Path file(String name) {
        return folder.resolve(name + SUFFIX);
    }
}
