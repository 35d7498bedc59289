defmodule Reporter do
  @moduledoc """
  One line per test; at the end the counts go to the file named by BEAMNODE_COUNTS, as
  `passed failed skipped`.
  """
  use GenServer

  @impl true
  def init(_options), do: {:ok, %{passed: 0, failed: 0, skipped: 0}}

  @impl true
  def handle_cast({:test_finished, test}, counts), do: {:noreply, finished(test, counts)}

  def handle_cast({:module_finished, %{state: {:failed, failures}} = module}, counts) do
    IO.puts("FAILED #{inspect(module.name)} in setup_all")
    IO.puts(ExUnit.Formatter.format_test_all_failure(module, failures, 0, 100, &plain/2))
    {:noreply, %{counts | failed: counts.failed + 1}}
  end

  def handle_cast({:suite_finished, _times}, counts) do
    File.write!(System.fetch_env!("BEAMNODE_COUNTS"), "#{counts.passed} #{counts.failed} #{counts.skipped}\n")
    {:noreply, counts}
  end

  def handle_cast(_event, counts), do: {:noreply, counts}

  defp finished(%{state: nil} = test, counts) do
    IO.puts("ok      #{title(test)} (#{div(test.time, 1000)} ms)")
    %{counts | passed: counts.passed + 1}
  end

  defp finished(%{state: {:failed, failures}} = test, counts) do
    IO.puts("FAILED  #{title(test)}")
    IO.puts(ExUnit.Formatter.format_test_failure(test, failures, counts.failed + 1, 100, &plain/2))
    %{counts | failed: counts.failed + 1}
  end

  defp finished(%{state: {kind, reason}} = test, counts) when kind in [:skipped, :excluded] do
    if kind == :skipped, do: IO.puts("skipped #{title(test)}: #{inspect(reason)}")
    %{counts | skipped: counts.skipped + if(kind == :skipped, do: 1, else: 0)}
  end

  defp finished(%{state: {:invalid, _module}} = test, counts) do
    IO.puts("FAILED  #{title(test)}: its setup_all failed")
    %{counts | failed: counts.failed + 1}
  end

  defp title(test), do: "#{inspect(test.module)}: " <> String.replace_prefix(to_string(test.name), "test ", "")
  defp plain(_kind, text), do: text
end
