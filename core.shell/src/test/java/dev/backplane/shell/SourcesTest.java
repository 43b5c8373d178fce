package dev.backplane.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.backplane.shell.plugin.Plugins;
import dev.backplane.shell.source.Repositories;
import dev.backplane.shell.source.Repository;
import dev.backplane.shell.vm.VmCommands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jline.reader.Candidate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bundles from URLs, Maven repositories and repositories with an index. */
class SourcesTest extends FrameworkTest {

    private HttpServer server;
    private Path served;

    @BeforeEach
    void startServer() throws Exception {
        served = Files.createDirectory(folder.resolve("served"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            Path file = served.resolve(path.substring(1));
            if (path.startsWith("/moved/")) {
                exchange.getResponseHeaders().add("Location", path.substring("/moved".length()));
                exchange.sendResponseHeaders(302, -1);
            } else if (path.startsWith("/loop")) {
                exchange.getResponseHeaders().add("Location", path);
                exchange.sendResponseHeaders(302, -1);
            } else if (path.startsWith("/denied")) {
                exchange.sendResponseHeaders(403, -1);
            } else if (path.startsWith("/short")) {
                exchange.sendResponseHeaders(200, 1000);
                exchange.getResponseBody().write(new byte[10]);
            } else if (path.startsWith("/huge")) {
                exchange.sendResponseHeaders(200, 1L << 30);
                exchange.getResponseBody().write(new byte[10]);
                exchange.getResponseBody().flush();
            } else if (Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(200, Files.size(file));
                Files.copy(file, exchange.getResponseBody());
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    private String url(String path) {
        return "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort() + "/" + path;
    }

    /** Puts a bundle into a Maven repository, or an artifact that is none. */
    private void deploy(Path repository, String artifact, String version, String... versions) throws Exception {
        jar("artifact", "org.example." + artifact, version.replace("-", "."));
        Path home = Files.createDirectories(repository.resolve("org/example").resolve(artifact));
        Path jar = Files.createDirectories(home.resolve(version)).resolve(artifact + "-" + version + ".jar");
        Files.move(folder.resolve("artifact"), jar);
        StringBuilder list = new StringBuilder();
        for (String one : versions) {
            list.append("<version>").append(one).append("</version>");
        }
        Files.writeString(home.resolve("maven-metadata.xml"), "<metadata><groupId>org.example</groupId><artifactId>"
                + artifact + "</artifactId><versioning><release>" + version + "</release><versions>" + list
                + "</versions></versioning></metadata>");
        for (Path file : List.of(jar, home.resolve("maven-metadata.xml"))) {
            String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(Files.readAllBytes(file)));
            Files.writeString(file.resolveSibling(file.getFileName() + ".sha1"), sum);
        }
    }

    /** An index as tools write it, of bundles one of which needs a package that the other has. */
    private static String index(String toolVersion) {
        return """
                <?xml version='1.0' encoding='UTF-8'?>
                <repository xmlns="http://www.osgi.org/xmlns/repository/v1.0.0" name="test" increment="1">
                """ + resource("tool", toolVersion, """
                <requirement namespace="osgi.wiring.package">
                  <directive name="filter" value="(osgi.wiring.package=lib.api)"/></requirement>
                """) + resource("lib", "1.0.0", """
                <capability namespace="osgi.wiring.package">
                  <attribute name="osgi.wiring.package" value="lib.api"/>
                  <attribute name="version" value="0.0.0" type="Version"/></capability>
                """) + resource("lame", "1.0.0", """
                <requirement namespace="osgi.wiring.package">
                  <directive name="filter" value="(osgi.wiring.package=nowhere.api)"/></requirement>
                """) + "</repository>";
    }

    private static String resource(String name, String version, String more) {
        return """
                <resource>
                  <capability namespace="osgi.identity">
                    <attribute name="osgi.identity" value="dev.backplane.%1$s"/>
                    <attribute name="type" value="osgi.bundle"/>
                    <attribute name="description" value="A %1$s for tests."/>
                    <attribute name="version" value="%2$s" type="Version"/></capability>
                  <capability namespace="osgi.content">
                    <attribute name="osgi.content" value="00"/>
                    <attribute name="url" value="jars/%1$s-%2$s.jar"/>
                    <attribute name="size" value="1" type="Long"/>
                    <attribute name="mime" value="application/vnd.osgi.bundle"/></capability>
                  %3$s
                </resource>
                """.formatted(name, version, more);
    }

    private void serveIndex(String toolVersion) throws Exception {
        Files.createDirectories(served.resolve("jars"));
        jar("served/jars/tool-" + toolVersion + ".jar", "dev.backplane.tool", toolVersion, "Import-Package", "lib.api",
                "Provide-Capability", "osgi.service;objectClass:List<String>=\"dev.backplane.api.device.DeviceType\"");
        jar("served/jars/lib-1.0.0.jar", "dev.backplane.lib", "1.0.0", "Export-Package", "lib.api");
        Files.writeString(served.resolve("index.xml"), index(toolVersion));
    }

    @Test
    void aUrlIsReadAlsoWhereItLeadsTo() throws Exception {
        jar("served/a.jar", "a", "1.0.0");
        assertEquals("a 1.0.0 installed: packages", run("plugin:install", url("moved/a.jar")));
        jar("served/a.jar", "a", "1.1.0");
        assertEquals("a: 1.0.0 replaced by 1.1.0", run("plugin:update", url("a.jar")));
    }

    @Test
    void whatAServerDoesNotGiveIsSaidInOneLine() {
        assertEquals("there is nothing at " + url("none.jar"), refused("plugin:install", url("none.jar")));
        assertEquals(url("denied") + " cannot be read: the server answers 403 Forbidden",
                refused("plugin:install", url("denied")));
        assertEquals(url("loop") + " is redirected again and again", refused("plugin:install", url("loop")));
        assertEquals(url("huge") + " is longer than 256M", refused("plugin:install", url("huge")));
        assertTrue(refused("plugin:install", url("short")).startsWith(url("short") + " "));
        String closed = url("a.jar");
        server.stop(0);
        assertTrue(refused("plugin:install", closed).startsWith(closed + " cannot be read: nothing answers there"));
        assertEquals("there is no file /no/where.jar", refused("plugin:install", "file:/no/where.jar"));
        assertEquals("\"http:///a\" names no host", refused("plugin:repo", "add", "x", "http:///a"));
    }

    @Test
    void aMavenCoordinateComesFromTheLocalRepositoryAndFromThoseThatAreKnown() throws Exception {
        deploy(folder.resolve("m2"), "near", "1.0");
        assertEquals("org.example.near 1.0.0 installed: packages", run("plugin:install", "org.example:near:1.0"));
        String none = refused("plugin:install", "mvn:org.example/far/1.0");
        assertEquals("there is no org.example:far:1.0 in the local Maven repository; plugin:repo add makes another"
                + " repository known", none);
        deploy(served, "far", "1.0", "1.0");
        assertEquals("far: a Maven repository; plugin:install group:artifact:version looks there, too",
                run("plugin:repo", "add", "far", url("")));
        assertEquals("org.example.far 1.0.0 installed: packages", run("plugin:install", "mvn:org.example/far/1.0"));
        assertEquals("nothing newer than org.example.far 1.0.0 was found at mvn:org.example/far/1.0 or in a repository",
                refused("plugin:update", "org.example.far"));
        deploy(served, "far", "1.1", "1.0", "1.1");
        assertEquals("org.example.far: 1.0.0 replaced by 1.1.0", run("plugin:update", "org.example.far"));
        assertEquals("there is no org.example:no:3 in the local Maven repository nor in far; plugin:repo add makes"
                + " another repository known", refused("plugin:install", "org.example:no:3"));
    }

    @Test
    void anArtifactThatDoesNotFitItsChecksumIsRefused() throws Exception {
        deploy(served, "far", "1.0", "1.0");
        run("plugin:repo", "add", "far", url(""), "--maven");
        Files.writeString(served.resolve("org/example/far/1.0/far-1.0.jar.sha1"), "0".repeat(40));
        String text = refused("plugin:install", "org.example:far:1.0");
        assertTrue(text.startsWith("org.example:far:1.0 cannot be fetched: ") && text.contains("hecksum"), text);
        assertFalse(isInstalled("org.example.far"));
    }

    @Test
    void aNameFromARepositoryBringsWhatItNeeds() throws Exception {
        serveIndex("1.0.0");
        assertEquals("mine: an OSGi index of 3 bundles", run("plugin:repo", "add", "mine", url("")));
        assertEquals(List.of("BUNDLE              VERSION  REPOSITORY  HERE  DESCRIPTION",
                "dev.backplane.tool  1.0.0    mine              A tool for tests."),
                run("plugin:search", "TOOL").lines().toList());
        List<Candidate> completions = new ArrayList<>();
        new VmCompleter(commands, new ShellSession(session, commands)).complete(
                List.of("plugin:install", "to"), completions);
        assertEquals(List.of("tool"), completions.stream().map(Candidate::value).toList());
        assertEquals("dev.backplane.lib 1.0.0 installed: packages\ndev.backplane.tool 1.0.0 installed: nothing now",
                run("plugin:install", "tool"));
        assertTrue(run("plugin:search").contains("dev.backplane.tool  1.0.0    mine        1.0.0  A tool for tests."));
        assertTrue(refused("plugin:update", "tool").startsWith("nothing newer than dev.backplane.tool 1.0.0 was found"));
        serveIndex("2.0.0");
        assertEquals("mine: 3 bundles", run("plugin:repo", "refresh", "mine"));
        assertEquals("dev.backplane.tool: 1.0.0 replaced by 2.0.0", run("plugin:update", "tool"));
        assertEquals("dev.backplane.lame needs the package (package=nowhere.api), which no bundle here and no"
                + " repository offers", refused("plugin:install", "lame"));
        assertEquals("there is no file toll, and no repository has a bundle of that name; did you mean tool?",
                refused("plugin:install", "toll"));
    }

    @Test
    void theListOfRepositoriesIsKept() throws Exception {
        assertEquals("no repositories; plugin:repo add makes one known", run("plugin:repo"));
        Path index = folder.resolve("index.xml.gz");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(index("1.0.0").getBytes(StandardCharsets.UTF_8));
        }
        Files.write(index, bytes.toByteArray());
        run("plugin:repo", "add", "file", "index.xml.gz");
        run("plugin:repo", "add", "maven", url("maven"), "--maven");
        VmCommands later = new VmCommands(() -> machines, List.of(), felix.getBundleContext());
        commands = later;
        assertEquals(List.of("NAME   KIND        URL", "file   OSGi index  " + index.toUri(),
                "maven  Maven       " + url("maven")), run("plugin:repo", "list").lines().toList());
        assertEquals("file is forgotten; what was installed from it stays", run("plugin:repo", "remove", "file"));
        assertFalse(new Plugins(felix.getBundleContext(), commands.machines()).supply().repositories().all().stream()
                .anyMatch(repository -> repository.name().equals("file")));
    }

    @Test
    void aListInAPropertyMayNameFoldersWithBlanksAndWhatMakesNoSenseIsLeftOut() {
        assertEquals(List.of(new Repository("a", Repository.Kind.OSGI, "file:///my%20folder/index.xml"),
                new Repository("b", Repository.Kind.MAVEN, "https://example.org/m2")),
                Repositories.parseList("a osgi file:/my folder/index.xml, b maven https://example.org/m2, c zip file:/x,"));
    }

    @Test
    void whatIsNoRepositoryIsRefusedAndNotKept() throws Exception {
        Files.writeString(served.resolve("bomb.xml"), "<!DOCTYPE x [<!ENTITY a \"b\">]><repository>&a;</repository>");
        Files.writeString(served.resolve("text.xml"), "no index");
        assertTrue(refused("plugin:repo", "add", "a", url("bomb.xml")).endsWith("it has a document type"));
        assertTrue(refused("plugin:repo", "add", "a", url("text.xml")).contains("is no index of an OSGi repository"));
        assertEquals("there is nothing at " + url("index.xml"), refused("plugin:repo", "add", "a", url(""), "--osgi"));
        assertEquals("\"9\" is no name: a letter, then up to 62 letters, digits, dots, dashes or underscores",
                refused("plugin:repo", "add", "9", url("")));
        assertEquals("\"nowhere\" is no URL, and there is no such file or folder",
                refused("plugin:repo", "add", "a", "nowhere"));
        assertEquals("URL is missing: plugin:repo add NAME URL", refused("plugin:repo", "add", "a"));
        assertEquals("there is no action \"ad\"; did you mean add?", refused("plugin:repo", "ad"));
        assertEquals("no repositories; plugin:repo add makes one known", run("plugin:repo"));
        assertEquals("no repository is named \"a\"; there are none, plugin:repo add makes one known",
                refused("plugin:repo", "remove", "a"));
    }

    @Test
    void aRepositoryThatIsNotThereIsSaidAndTheOthersAreUsed() throws Exception {
        serveIndex("1.0.0");
        run("plugin:repo", "add", "mine", url(""));
        Files.copy(served.resolve("index.xml"), folder.resolve("index.xml"));
        run("plugin:repo", "add", "second", "index.xml");
        Files.delete(folder.resolve("index.xml"));
        commands = new VmCommands(() -> machines, List.of(), felix.getBundleContext());
        String found = run("plugin:search", "lib");
        assertTrue(found.endsWith("not asked: second: there is no file " + folder.resolve("index.xml")), found);
        assertTrue(found.contains("dev.backplane.lib  1.0.0    mine"), found);
    }

    @Test
    void whoSignedAJarIsShownAndAJarThatWasChangedAfterwardsIsRefused() throws Exception {
        Path keys = folder.resolve("keys");
        tool("keytool", "-genkeypair", "-keystore", keys.toString(), "-storepass", "secret", "-keyalg", "EC", "-alias",
                "me", "-dname", "CN=Ada Example");
        jar("signed.jar", "signed", "1.0.0", "Provide-Capability",
                "osgi.service;objectClass:List<String>=\"dev.backplane.api.device.DeviceType\"");
        tool("jarsigner", "-keystore", keys.toString(), "-storepass", "secret", folder.resolve("signed.jar").toString(),
                "me");
        Path changed = folder.resolve("changed.jar");
        Files.copy(folder.resolve("signed.jar"), changed, StandardCopyOption.REPLACE_EXISTING);
        try (var zip = java.nio.file.FileSystems.newFileSystem(changed)) {
            Files.writeString(zip.getPath("some/resource.txt"), "other");
        }
        assertTrue(refused("plugin:install", "changed.jar").startsWith("changed.jar is not what was signed: "));
        assertEquals("signed 1.0.0 (signed by Ada Example) installed: nothing now", run("plugin:install", "signed.jar"));
        assertTrue(run("plugin:list", "--verbose").contains("Ada Example  file:/"), run("plugin:list", "--verbose"));
    }

    private void tool(String name, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", name).toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("tool.log").toFile()).start();
        assertEquals(0, process.waitFor(), () -> name + " failed");
    }
}
