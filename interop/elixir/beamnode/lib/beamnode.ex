defmodule Beamnode do
  @moduledoc """
  C++ nodes, and the processes on them, under Elixir's supervisors.

      children = [
        {Beamnode.Port,
         node: :"engine@127.0.0.1",
         command: ["bin/engine", "--name", "engine@127.0.0.1"]},
        {Beamnode.Child, node: :"engine@127.0.0.1", start: {Engine, :counter, [:counter, 5]}}
      ]

      Supervisor.start_link(children, strategy: :rest_for_one)

  `Beamnode.Port` runs the program and `Beamnode.Child` is a process on its node. A crash of either is
  the end of a child, never of this BEAM. With `:rest_for_one` the processes are started anew after
  their program. Losing the program ends each of them too, and every one may count as a restart:
  let `:max_restarts` be more than their number.
  """
end
