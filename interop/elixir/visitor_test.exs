defmodule Teller do
  @moduledoc "What the visitor calls."
  use GenServer

  def init(kept), do: {:ok, kept}
  def handle_call({:add, a, b}, _from, kept), do: {:reply, a + b, kept}
  def handle_call(:kept, _from, kept), do: {:reply, kept, kept}
  def handle_call(:crash, _from, kept), do: {:stop, :crashed, kept}

  def handle_call(:slow, _from, kept) do
    Process.sleep(1_000)
    {:reply, :late, kept}
  end

  def handle_cast({:keep, kept}, _), do: {:noreply, kept}
end

defmodule VisitorTest do
  @moduledoc "C++ as the active side: interop/cpp/visitor.cpp uses this BEAM and finds what a BEAM would."
  use CityCase
  @moduletag city: false

  @tag :capture_log
  test "a C++ node calls, spawns, links, monitors, kills and reconnects as a BEAM does" do
    {:ok, _} = GenServer.start(Teller, 0, name: :teller)
    visitor = Program.start(:visitor, [fresh_node("visitor"), cookie(), node()])
    {status, errors} = Program.await_exit(visitor, 60_000)
    assert {status, Enum.reject(Program.lines(visitor), &(&1 =~ ~r/^ok /))} == {0, ["DONE"]}
    # Its log: one sentence, about the node that it was told to look for in vain.
    assert [sentence] = String.split(errors, "\n", trim: true)
    assert sentence =~ "nobody@127.0.0.1"
  end
end
