# Runs every *_test.exs beside this file. interop/run starts it, and sets BEAMNODE_WARDEN (a port),
# BEAMNODE_COOKIE, BEAMNODE_COUNTS (a file), BEAMNODE_SANITIZERS (those of the build) and perhaps
# BEAMNODE_ONLY (a part of the names of tests or their modules) and BEAMNODE_REFERENCE (a directory
# with a compiled module city_peer, to test instead of the C++ one).
support = ~w(program city_case peer_case wire raw_peer hostile_case figures reporter)
for file <- support, do: Code.require_file("support/#{file}.exs", __DIR__)

Logger.configure(level: :emergency)
{:ok, _} = Program.start_link(String.to_integer(System.fetch_env!("BEAMNODE_WARDEN")))

only = System.get_env("BEAMNODE_ONLY", "")
only = Regex.compile!(only, "i")
chosen = if only.source == "", do: [], else: [exclude: [:test], include: [test: only, module: only]]

ExUnit.start([autorun: false, formatters: [Reporter], seed: 0, timeout: 300_000] ++ chosen)
# Against the reference peer, only what it can be held to.
pattern = if System.get_env("BEAMNODE_REFERENCE", "") == "", do: "*_test.exs", else: "conformance_*_test.exs"
for file <- Path.wildcard(Path.join(__DIR__, pattern)), do: Code.require_file(file)
%{failures: failures} = ExUnit.run()
System.halt(if failures == 0, do: 0, else: 1)
