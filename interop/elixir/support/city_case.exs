defmodule CityCase do
  @moduledoc """
  A test with a city of its own, connected to this node: `%{city: program, node: node}`. At its end
  the city is asked to stop, and must do so with status 0 and nothing on stderr (where a sanitizer
  would report). `@tag city: [arguments]` starts it with more arguments, `@tag city: false` not at all.
  """
  use ExUnit.CaseTemplate

  using do
    quote do
      import CityCase
    end
  end

  setup tags do
    Process.flag(:trap_exit, false)

    case Map.get(tags, :city, []) do
      false ->
        :ok

      arguments ->
        city = start_city(fresh_node("city"), arguments)
        true = Node.connect(city.node)
        %{city: city, node: city.node}
    end
  end

  def cookie, do: System.fetch_env!("BEAMNODE_COOKIE")

  @doc "How long to wait for what takes `ms` at most: a city with sanitizers takes its time."
  def patience(ms) do
    if System.get_env("BEAMNODE_SANITIZERS", "") == "", do: ms, else: 10 * ms
  end

  @doc "A node name that no other test uses."
  def fresh_node(prefix) do
    :"#{prefix}_#{System.unique_integer([:positive])}@127.0.0.1"
  end

  @doc "Starts a city that must stand, and end well at the end of the test unless it was killed."
  def start_city(node, arguments \\ []) do
    city = launch_city(node, arguments)
    Program.await_line(city, ~r/^READY$/)
    ExUnit.Callbacks.on_exit(fn -> end_city(city) end)
    city
  end

  @doc "Starts a city and waits for nothing."
  def launch_city(node, arguments \\ []) do
    defaults = if "--cookie" in arguments, do: [], else: ["--cookie", cookie()]
    Program.start(:city, ["--name", node] ++ defaults ++ arguments, node)
  end

  @doc """
  Starts interop/cpp/member.cpp, a node with any options, which must stand, and end well at the end
  of the test unless it was killed. It listens on 127.0.0.1 unless told otherwise.
  """
  def start_member(node, arguments \\ [], environment \\ []) do
    member = launch_member(node, arguments, environment)
    Program.await_line(member, ~r/^READY #{node}$/)
    ExUnit.Callbacks.on_exit(fn -> end_city(member) end)
    member
  end

  @doc "Starts a member and waits for nothing."
  def launch_member(node, arguments \\ [], environment \\ []) do
    place = if "--listen-address" in arguments, do: [], else: ["--listen-address", "127.0.0.1"]
    defaults = ["--name", node, "--cookie", cookie()] ++ place
    Program.start(:member, defaults ++ arguments, node, environment)
  end

  @doc "A port of 127.0.0.1 where nothing listens."
  def free_port do
    {:ok, listener} = :gen_tcp.listen(0, ip: {127, 0, 0, 1})
    {:ok, port} = :inet.port(listener)
    :gen_tcp.close(listener)
    port
  end

  @doc "Stops a city that still runs; it must end well, having written no more than `said` to stderr."
  def end_city(city, said \\ "") do
    if Program.exit_status(city) == nil do
      Program.signal(city, "CONT")
      Program.signal(city, "TERM")
      ExUnit.Assertions.assert({0, said} == Program.await_exit(city))
    end
  end

  @doc "As `kill -9` does."
  def kill_city(city) do
    Program.signal(city, "KILL")
    {137, ""} = Program.await_exit(city)
  end

  @doc """
  Starts another BEAM of the release under test, which evaluates `code` (Erlang) and then stays. It
  ends with the test.
  """
  def start_beam(node, code, arguments \\ [], environment \\ []) do
    flags = ["-noinput", "-name", node, "-setcookie", cookie()] ++ arguments
    beam = Program.start(:erl, flags ++ ["-eval", code], node, environment)
    ExUnit.Callbacks.on_exit(fn -> Program.signal(beam, "KILL") end)
    beam
  end

  @doc "Sends a term to the city's echo; what comes back, and from which pid."
  def echo(node, term, timeout \\ 8_000) do
    monitor = Process.monitor({:echo, node})
    send({:echo, node}, {self(), term})

    receive do
      {pid, answer} when is_pid(pid) and node(pid) == node ->
        Process.demonitor(monitor, [:flush])
        {pid, answer}

      {:DOWN, ^monitor, :process, _, reason} ->
        ExUnit.Assertions.flunk("the echo of #{node} is down: #{inspect(reason)}")
    after
      timeout -> ExUnit.Assertions.flunk("no echo of #{inspect(term, limit: 20)} within #{timeout} ms")
    end
  end

  @doc "The pid of the city's echo."
  def echo_pid(node), do: node |> echo(:who) |> elem(0)

  @doc "The names that epmd knows at present."
  def registered_with_epmd do
    {:ok, names} = :erl_epmd.names({127, 0, 0, 1})
    for {name, _port} <- names, do: to_string(name)
  end

  @doc "The port of a node, from epmd."
  def port_of(node) do
    [name, _host] = node |> to_string() |> String.split("@")
    {:port, port, _version} = :erl_epmd.port_please(String.to_charlist(name), {127, 0, 0, 1})
    port
  end

  @doc "How many milliseconds `work` takes, and its result."
  def timed(work) do
    {microseconds, result} = :timer.tc(work)
    {div(microseconds, 1000), result}
  end
end
