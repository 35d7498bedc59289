defmodule Figures do
  @moduledoc "What tests under load report: round trip times, and the memory and descriptors of a program."

  @doc "Starts a process that calls `ping` all the time, about a millisecond apart."
  def start_pinging(ping), do: Task.async(fn -> pinging(ping, []) end)

  @doc "Ends it; the microseconds that each ping took."
  def stop_pinging(%Task{pid: pid} = task) do
    send(pid, :enough)
    Task.await(task, 60_000)
  end

  defp pinging(ping, times) do
    receive do
      :enough -> times
    after
      1 ->
        {took, _} = :timer.tc(ping)
        pinging(ping, [took | times])
    end
  end

  @doc "One line of round trip times in the test's output."
  def report_pings(what, times) do
    sorted = times |> Enum.sort() |> List.to_tuple()
    count = tuple_size(sorted)
    at = fn share -> Float.round(elem(sorted, min(count - 1, floor(count * share))) / 1000, 2) end
    report("#{what}: #{count} pings, p50 #{at.(0.5)} ms, p99 #{at.(0.99)} ms, max #{at.(1.0)} ms")
  end

  def report(line), do: IO.puts("figures #{line}")

  @doc "Resident memory of a program, now and at most, in KiB."
  def memory(program) do
    %{"VmRSS" => [now | _], "VmHWM" => [most | _]} = status(program)
    {String.to_integer(now), String.to_integer(most)}
  end

  @doc "Whether SIGSTOP has stopped it."
  def stopped?(program), do: match?(%{"State" => ["T" | _]}, status(program))

  defp status(%Program{os_pid: os_pid}) do
    for line <- output(:"/bin/cat", "/proc/#{os_pid}/status"), into: %{} do
      [name, value] = String.split(line, ":", parts: 2)
      {name, String.split(value)}
    end
  end

  @doc "How many file descriptors it has open."
  def descriptors(%Program{os_pid: os_pid}), do: :"/bin/ls" |> output("/proc/#{os_pid}/fd") |> length()

  # Through the warden: this BEAM may be in a root without /proc.
  defp output(command, path) do
    program = Program.start(command, [path])
    {0, ""} = Program.await_exit(program)
    Program.lines(program)
  end
end
