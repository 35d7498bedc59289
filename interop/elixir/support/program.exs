defmodule Program do
  @moduledoc """
  Programs outside this BEAM: the city, other BEAMs, an epmd. They are started, signalled and watched
  through interop/erlang/warden.escript, because this BEAM may run in a chroot without them.
  """
  use GenServer

  defstruct [:id, :os_pid, :node]

  def start_link(port), do: GenServer.start_link(__MODULE__, port, name: __MODULE__)

  @doc """
  Starts a program: `:erl`, `:epmd`, or one of ours as `:city`. `environment` comes on top of
  ours: `[{"NAME", "value"}]`.
  """
  def start(kind, arguments, node \\ nil, environment \\ []) do
    {id, os_pid} = GenServer.call(__MODULE__, {:start, kind, arguments, environment})
    %__MODULE__{id: id, os_pid: os_pid, node: node}
  end

  @doc "Sends a signal by its name, as in `\"KILL\"`."
  def signal(%__MODULE__{id: id}, name), do: GenServer.cast(__MODULE__, {:signal, id, name})

  @doc "The lines it has written to its standard output so far."
  def lines(%__MODULE__{id: id}), do: GenServer.call(__MODULE__, {:lines, id})

  @doc "`nil` while it runs, then `{status, what it wrote to stderr}`."
  def exit_status(%__MODULE__{id: id}), do: GenServer.call(__MODULE__, {:exit_status, id})

  @doc "Waits for a line that matches, and returns it."
  def await_line(program, pattern, timeout \\ 8_000) do
    Eventually.get(timeout, "a line like #{inspect(pattern)}", fn -> lines(program) end, fn lines ->
      Enum.find(lines, &(&1 =~ pattern))
    end)
  end

  @doc "Waits until the program has written as many matching lines as that."
  def await_count(program, pattern, count, timeout \\ 8_000) do
    what = "#{count} lines like #{inspect(pattern)}"
    Eventually.get(timeout, what, fn -> lines(program) end, &(count(&1, pattern) >= count))
  end

  @doc "How many of its lines match."
  def count(%__MODULE__{} = program, pattern), do: program |> lines() |> count(pattern)
  def count(lines, pattern), do: Enum.count(lines, &(&1 =~ pattern))

  @doc "Waits for its end; `{status, what it wrote to stderr}`."
  def await_exit(program, timeout \\ 8_000) do
    Eventually.get(timeout, "its end", fn -> {exit_status(program), lines(program)} end, &elem(&1, 0))
  end

  @impl true
  def init(port) do
    {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, packet: 4, active: true])
    {:ok, %{socket: socket, next: 1, waiting: %{}, lines: %{}, partial: %{}, ended: %{}}}
  end

  @impl true
  def handle_call({:start, kind, arguments, environment}, from, state) do
    id = state.next
    environment = for {name, value} <- environment, do: {to_charlist(name), to_charlist(value)}
    tell(state, {:start, id, kind, Enum.map(arguments, &to_string/1), environment})
    {:noreply, %{state | next: id + 1, waiting: Map.put(state.waiting, id, from)}}
  end

  def handle_call({:lines, id}, _from, state) do
    {:reply, state.lines |> Map.get(id, []) |> Enum.reverse(), state}
  end

  def handle_call({:exit_status, id}, _from, state), do: {:reply, state.ended[id], state}

  @impl true
  def handle_cast({:signal, id, name}, state) do
    tell(state, {:signal, id, name})
    {:noreply, state}
  end

  @impl true
  def handle_info({:tcp, _socket, bytes}, state) do
    {:noreply, told(:erlang.binary_to_term(bytes), state)}
  end

  defp told({:started, id, os_pid}, state) do
    {from, waiting} = Map.pop(state.waiting, id)
    GenServer.reply(from, {id, os_pid})
    %{state | waiting: waiting}
  end

  defp told({:line, id, {:noeol, part}}, state) do
    %{state | partial: Map.update(state.partial, id, part, &(&1 <> part))}
  end

  defp told({:line, id, {:eol, part}}, state) do
    {start, partial} = Map.pop(state.partial, id, "")
    %{state | partial: partial, lines: Map.update(state.lines, id, [part], &[start <> part | &1])}
  end

  defp told({:exit, id, status, errors}, state) do
    %{state | ended: Map.put(state.ended, id, {status, errors})}
  end

  defp tell(state, request), do: :gen_tcp.send(state.socket, :erlang.term_to_binary(request))
end

defmodule Eventually do
  @moduledoc "Waiting for something that takes a moment."

  @doc "Calls `look` until `judge` of what it returned is truthy, and returns that."
  def get(timeout, what, look, judge) do
    poll(System.monotonic_time(:millisecond) + timeout, timeout, what, look, judge)
  end

  @doc "Waits until `condition` holds."
  def holds(timeout, what, condition), do: get(timeout, what, condition, & &1)

  defp poll(until, timeout, what, look, judge) do
    seen = look.()

    cond do
      result = judge.(seen) ->
        result

      System.monotonic_time(:millisecond) > until ->
        ExUnit.Assertions.flunk("waited #{timeout} ms for #{what}; last seen: #{inspect(seen)}")

      true ->
        Process.sleep(5)
        poll(until, timeout, what, look, judge)
    end
  end
end
