! Items on shelves.
module inventory
  use iso_fortran_env, only: real64
  implicit none
  integer, parameter :: page_size = 20

  ! One thing on a shelf.
  type :: item
    character(len=20) :: sku
    real(real64) :: cents
  contains
    procedure :: label
  end type item

  interface price
    module procedure price_of_item
  end interface

contains

  ! Makes a readable amount.
  function price_of_item(it) result(amount)
    type(item), intent(in) :: it
    real(real64) :: amount
    amount = it%cents / 100
  end function price_of_item

  subroutine label(self)
    class(item), intent(in) :: self
    print *, self%sku, price_of_item(self)
  end subroutine label

end module inventory

program shop
  use inventory
  implicit none
  call label(item('a', 1.0))
end program shop
