package dev.backplane.shell.foreign;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.vm.Machines;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command of another bundle. Nothing that its code made leaves here but what core.api has: no class is held. */
final class ForeignCommand implements Command {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignCommand.class);

    private final ShellCommand command;
    private final Signature signature;
    private final Machines machines;

    ForeignCommand(ShellCommand command, Signature signature, Machines machines) {
        this.command = command;
        this.signature = signature;
        this.machines = machines;
    }

    boolean isOf(ShellCommand other) {
        return command == other;
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public Output run(Invocation invocation) throws CommandException, InterruptedException {
        try (ForeignCall call = new ForeignCall(signature, invocation, machines)) {
            return command.run(call);
        } catch (CommandException | MachineException e) {
            LOG.debug("{} refused", signature.fullName(), e);
            throw new CommandException(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new InterruptedException(String.valueOf(e.getMessage()));
        } catch (RuntimeException | LinkageError e) {
            LOG.error("The command {} failed", signature.fullName(), e);
            throw new CommandException("it failed (" + e + "); the log says more");
        }
    }

    @Override
    public List<Candidate> candidates(String name, Invocation before) {
        try (ForeignCall call = new ForeignCall(signature, before, machines)) {
            return List.copyOf(command.candidates(name, call));
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("The command {} completes nothing", signature.fullName(), e);
            return List.of();
        }
    }
}
