defmodule Beamnode.Port do
  @moduledoc """
  Runs the program of a C++ node as a child of a supervisor.

    * `:command` - the program and its arguments; required
    * `:node` - connected to as soon as the program is ready
    * `:name` - of this GenServer; also the id of the child, which is else the node or `Beamnode.Port`
    * `:ready` - the line that says so, a regular expression; default: `~r/^READY/`
    * `:ready_timeout` - how long that may take, in ms; default: 10 000
    * `:stop_timeout` - how long the program has between SIGTERM and SIGKILL, in ms; default: 5 000
    * `:env` - `[{"NAME", "value"}]`, on top of ours
    * `:log` - the level of what it writes, to stdout and stderr; default: `:info`

  The child is up when the program is ready. When the program ends, the child does, with
  `{:exit_status, Status}` (139: SIGSEGV, 137: SIGKILL, ...) or `:normal`, and its supervisor starts
  both anew. When the child ends, or this BEAM does, be it by `kill -9`, the program is ended too.
  """
  use GenServer
  require Logger

  # Prints the pid, runs the program, and ends it when its own stdin has a line or an end: that is
  # when the BEAM says so, or is no more.
  @keeper """
  grace=$1
  shift
  exec 3<&0 </dev/null
  sh -c 'echo "$$"; exec "$@"' sh "$@" 3<&- &
  program=$!
  (
    read -r _ <&3
    kill -TERM "$program"
    while [ "$grace" -gt 0 ] && kill -0 "$program"; do
      sleep 0.1
      grace=$((grace - 100))
    done
    kill -KILL "$program"
  ) >/dev/null 2>&1 &
  watcher=$!
  exec 3<&-
  wait "$program"
  status=$?
  kill -KILL "$watcher"
  exit "$status"
  """

  @longest_line 65_536

  def child_spec(options) do
    %{
      id: options[:name] || options[:node] || __MODULE__,
      start: {__MODULE__, :start_link, [options]},
      shutdown: Keyword.get(options, :stop_timeout, 5_000) + 2_000
    }
  end

  def start_link(options) do
    GenServer.start_link(__MODULE__, options, Keyword.take(options, [:name]))
  end

  @doc "The pid that the program has in the operating system."
  def os_pid(server), do: GenServer.call(server, :os_pid)

  @impl true
  def init(options) do
    Process.flag(:trap_exit, true)
    [program | _] = command = Keyword.fetch!(options, :command)
    stop_timeout = Keyword.get(options, :stop_timeout, 5_000)

    state = %{
      title: Path.basename(program),
      level: Keyword.get(options, :log, :info),
      stop_timeout: stop_timeout,
      os_pid: nil,
      partial: "",
      port:
        Port.open({:spawn_executable, "/bin/sh"}, [
          :binary,
          :exit_status,
          :stderr_to_stdout,
          line: 4096,
          args: ["-c", @keeper, "beamnode", "#{stop_timeout}" | command],
          env: for({name, value} <- Keyword.get(options, :env, []), do: {~c"#{name}", ~c"#{value}"})
        ])
    }

    ready = Keyword.get(options, :ready, ~r/^READY/)
    deadline = now() + Keyword.get(options, :ready_timeout, 10_000)

    with {:ok, state} <- await_ready(state, ready, deadline),
         :ok <- connect(options[:node], state) do
      {:ok, state}
    else
      {:error, reason} -> {:stop, reason}
    end
  end

  @impl true
  def handle_call(:os_pid, _from, state), do: {:reply, state.os_pid, state}

  @impl true
  def handle_info({port, {:data, data}}, %{port: port} = state) do
    {_line, state} = take(data, state)
    {:noreply, state}
  end

  def handle_info({port, {:exit_status, 0}}, %{port: port} = state) do
    {:stop, :normal, %{state | port: nil}}
  end

  def handle_info({port, {:exit_status, status}}, %{port: port} = state) do
    Logger.error("#{state.title} (#{state.os_pid}) ended with status #{status}")
    {:stop, {:exit_status, status}, %{state | port: nil}}
  end

  def handle_info({:EXIT, port, reason}, %{port: port} = state), do: {:stop, reason, state}
  def handle_info({:EXIT, _from, _reason}, state), do: {:noreply, state}
  def handle_info(_message, state), do: {:noreply, state}

  @impl true
  def terminate(_reason, %{port: nil}), do: :ok
  def terminate(_reason, state), do: stop(state)

  # -- starting ------------------------------------------------------------------------------------

  defp await_ready(%{port: port} = state, ready, deadline) do
    receive do
      {^port, {:data, data}} ->
        case take(data, state) do
          {nil, state} ->
            await_ready(state, ready, deadline)

          {line, state} ->
            if line =~ ready, do: {:ok, state}, else: await_ready(state, ready, deadline)
        end

      {^port, {:exit_status, status}} ->
        {:error, {:exit_status, status}}

      {:EXIT, parent, reason} when is_pid(parent) ->
        stop(state)
        {:error, reason}
    after
      max(deadline - now(), 0) ->
        stop(state)
        {:error, :not_ready}
    end
  end

  defp connect(nil, _state), do: :ok

  defp connect(node, state) do
    if Node.connect(node) == true do
      :ok
    else
      stop(state)
      {:error, {:not_connected, node}}
    end
  end

  # -- its output ----------------------------------------------------------------------------------

  # The first line is the pid.
  defp take({:eol, pid}, %{os_pid: nil} = state) do
    {nil, %{state | os_pid: String.to_integer(pid)}}
  end

  defp take({:eol, part}, state) do
    line = state.partial <> part
    Logger.log(state.level, fn -> "#{state.title} (#{state.os_pid}): #{line}" end)
    {line, %{state | partial: ""}}
  end

  defp take({:noeol, part}, state) when byte_size(state.partial) > @longest_line do
    take({:eol, part}, state)
  end

  defp take({:noeol, part}, state), do: {nil, %{state | partial: state.partial <> part}}

  # -- ending --------------------------------------------------------------------------------------

  defp stop(%{port: port} = state) do
    Port.command(port, "stop\n")
    await_end(state, now() + state.stop_timeout + 1_000)
  rescue
    ArgumentError -> :ok
  end

  defp await_end(%{port: port} = state, deadline) do
    receive do
      {^port, {:data, data}} ->
        {_line, state} = take(data, state)
        await_end(state, deadline)

      {^port, {:exit_status, _status}} ->
        :ok
    after
      max(deadline - now(), 0) -> :ok
    end
  end

  defp now, do: System.monotonic_time(:millisecond)
end
