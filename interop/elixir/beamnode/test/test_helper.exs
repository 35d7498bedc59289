# Programs of the C++ side are those of BEAMNODE_PROGRAMS, a directory; default: build/dev/bin.
unless Node.alive?() do
  System.cmd("epmd", ["-daemon"])
  {:ok, _} = Node.start(:"tests_#{System.pid()}@127.0.0.1", :longnames)
end

formatters =
  case System.get_env("BEAMNODE_REPORTER") do
    nil ->
      [ExUnit.CLIFormatter]

    file ->
      Code.require_file(file)
      [Reporter]
  end

Logger.configure(level: :info)
ExUnit.start(formatters: formatters, capture_log: true, timeout: 120_000)

defmodule Support do
  @moduledoc "Where programs are, how nodes are called, and waiting."

  def programs do
    System.get_env("BEAMNODE_PROGRAMS", Path.expand("../../../../build/dev/bin", __DIR__))
  end

  def fresh_node, do: :"engine_#{System.pid()}_#{System.unique_integer([:positive])}@127.0.0.1"

  @doc "The command of node/examples/mounted_child.cpp."
  def engine(node) do
    [
      Path.join(programs(), "mounted_child"),
      "--name",
      "#{node}",
      "--cookie",
      "#{Node.get_cookie()}"
    ]
  end

  def eventually(condition, attempts \\ 400) do
    cond do
      condition.() ->
        :ok

      attempts == 0 ->
        ExUnit.Assertions.flunk("waited too long")

      true ->
        Process.sleep(25)
        eventually(condition, attempts - 1)
    end
  end

  @doc "Whether a process of the operating system runs."
  def runs?(os_pid) do
    {_, status} = System.cmd("sh", ["-c", "kill -0 #{os_pid}"], stderr_to_stdout: true)
    status == 0
  end

  def signal(os_pid, name), do: {"", 0} = System.cmd("kill", ["-#{name}", "#{os_pid}"])
end
